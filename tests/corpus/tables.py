"""The corpus as two tables: what was said of what is broken, and how what works was built."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.corpus.case import Broken, Healthy, Packed
from tests.corpus.health import Health
from tests.corpus.workbench import Outcome

_LONGEST = 110
_BROKEN = ("case", "what is wrong", "by", "finding", "exit", "imported", "s", "told", "verdict")
_HEALTHY = (
    *("app", "Python", "findings", "first build s", "rebuild s", "import s", "verify s"),
    *("MiB", "zips verified", "verdict"),
)
_MEBIBYTE = 1 << 20


def broken_row(case: Broken, outcome: Outcome, wrong: Sequence[str]) -> tuple[str, ...]:
    """Return the row of a broken app."""
    by = "verify" if isinstance(case.made, Packed) else case.made.words[0]
    told = outcome.told.removeprefix("lading: ")
    return (
        str(case.number or "-"),
        case.what,
        by,
        ", ".join(outcome.found) or "refused",
        str(outcome.exit_code),
        "no" if outcome.imported.startswith("no") else outcome.imported or "-",
        f"{outcome.seconds:.1f}",
        told if len(told) <= _LONGEST else f"{told[:_LONGEST]}…",
        "; ".join(wrong) or "as it must be",
    )


def healthy_row(case: Healthy, health: Health, wrong: Sequence[str]) -> tuple[str, ...]:
    """Return the row of a healthy app."""
    verified = dict(health.verified)
    own = verified.get("lading")
    number = f"{case.number}: " if case.number else ""
    return (
        f"{number}{case.what}",
        case.made.python,
        ", ".join(health.built.found) or "none",
        f"{health.built.seconds:.1f}",
        f"{health.rebuilt.seconds:.1f}" if health.rebuilt else "-",
        health.built.imported.removesuffix(" s").removeprefix("no: "),
        f"{own.seconds:.1f}" if own else "-",
        f"{health.size / _MEBIBYTE:.1f}",
        ", ".join(verified),
        "; ".join(wrong) or "as it must be",
    )


def render_tables(broken: Iterable[Sequence[str]], healthy: Iterable[Sequence[str]]) -> str:
    """Return both tables as Markdown; one without rows is left out."""
    tables = [
        ("## Broken apps", _BROKEN, tuple(broken)),
        ("## Healthy apps", _HEALTHY, tuple(healthy)),
    ]
    return "\n".join(_table(*one) for one in tables if one[2])


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [title, "", _line(head), _line(["---"] * len(head)), *(_line(row) for row in rows)]
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/').replace(chr(10), ' ') for cell in cells)} |"
