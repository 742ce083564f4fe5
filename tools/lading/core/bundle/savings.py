"""What slimming took, as a report tells it: by rule, and by distribution."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lading.core.bundle.manifest import Loaded
from lading.core.sizes import render_size
from lading.core.slimming import RULES, Saving

# Whoever wants more reads the JSON.
_MOST_SHOWN = 3


_WORTH_TELLING = 1024  # bytes


def total_savings(loaded: Iterable[Loaded]) -> tuple[Saving, ...]:
    """Return what each rule took out of all distributions."""
    savings = [saving for one in loaded for saving in one.savings]
    totals = []
    for rule in RULES:
        own = [saving for saving in savings if saving.rule == rule]
        if own:
            totals.append(
                Saving(
                    rule=rule,
                    files=sum(saving.files for saving in own),
                    size=sum(saving.size for saving in own),
                    packed=sum(saving.packed for saving in own),
                )
            )
    return tuple(totals)


def render_slimming_text(loaded: Sequence[Loaded]) -> tuple[str, ...]:
    """Return a line for people: what was spared, by which rules, and where most of it was."""
    totals = total_savings(loaded)
    # An empty stub or two are no news.
    if sum(total.size for total in totals) < _WORTH_TELLING:
        return ()
    rules = ", ".join(f"{total.rule} {render_size(total.size)}" for total in totals)
    most = ", ".join(f"{one.name} {render_size(size)}" for one, size in _largest(loaded))
    total = f"{_size(totals)} unpacked, {_packed(totals)} of the zip"
    return (f"slimmed: {total} ({rules}; most of {most})",)


def render_slimming_markdown(loaded: Sequence[Loaded]) -> tuple[str, ...]:
    """Return a table of the rules, for the summary page of a CI run."""
    totals = total_savings(loaded)
    if not totals:
        return ()
    most = ", ".join(f"{one.name} ({render_size(size)})" for one, size in _largest(loaded))
    return (
        "",
        f"Slimmed by {_size(totals)}, {_packed(totals)} of the zip; most of {most}",
        "",
        "| rule | files | unpacked | in the zip |",
        "|---|---:|---:|---:|",
        *(
            f"| {total.rule} | {total.files} | {render_size(total.size)} |"
            f" {render_size(total.packed)} |"
            for total in totals
        ),
    )


def slimming_document(loaded: Sequence[Loaded]) -> list[dict[str, object]]:
    """Return what each rule took as JSON has it; sizes in bytes."""
    return savings_document(total_savings(loaded))


def savings_document(savings: Iterable[Saving]) -> list[dict[str, object]]:
    """Return savings as JSON has them; sizes in bytes."""
    return [
        {
            "rule": saving.rule,
            "files": saving.files,
            "size": saving.size,
            "size_in_zip": saving.packed,
        }
        for saving in savings
    ]


def kept_document(loaded: Loaded) -> list[dict[str, object]]:
    """Return what a rule did not take of a distribution, and why."""
    return [{"rule": kept.rule, "name": kept.name, "reason": kept.reason} for kept in loaded.kept]


def _largest(loaded: Iterable[Loaded]) -> list[tuple[Loaded, int]]:
    sizes = [(one, sum(saving.size for saving in one.savings)) for one in loaded]
    slimmed = [(one, size) for one, size in sizes if size]
    return sorted(slimmed, key=lambda pair: (-pair[1], pair[0].name))[:_MOST_SHOWN]


def _size(totals: Iterable[Saving]) -> str:
    return render_size(sum(total.size for total in totals))


def _packed(totals: Iterable[Saving]) -> str:
    return render_size(sum(total.packed for total in totals))
