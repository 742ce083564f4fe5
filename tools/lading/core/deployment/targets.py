"""Which targets a command line means, and which of them may be deployed to at the same time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from lading.core.config import Target
from lading.core.config.toml_tables import nearest
from lading.core.errors import UsageError

_WILD = frozenset("*?[")


def choose_targets(declared: Sequence[Target], wanted: Iterable[str]) -> tuple[Target, ...]:
    """Return the declared targets that names and patterns mean, each once, as they are declared.

    Raises UsageError for a name that is none, a pattern that means none, and for two targets that
    are one place.
    """
    chosen: set[str] = set()
    for text in wanted:
        found = {target.name for target in declared if _means(text, target)}
        if not found:
            raise _no_target(text, declared)
        chosen |= found
    targets = tuple(target for target in declared if target.name in chosen)
    places: dict[tuple[str, ...], Target] = {}
    for target in targets:
        first = places.setdefault(_place(target), target)
        if first is not target:
            raise UsageError(
                f"the targets {first.name} and {target.name} are one place: {place_of(target)}",
                remedy="Deploy to one of them.",
            )
    return targets


def group_by_app(targets: Iterable[Target]) -> tuple[tuple[Target, ...], ...]:
    """Return targets in groups that may be deployed to side by side; within one, in turn.

    Azure refuses a change of a Function App while another one, of a slot of it too, is under way.
    """
    groups: dict[tuple[str, ...], list[Target]] = {}
    for target in targets:
        groups.setdefault(_place(target)[:3], []).append(target)
    return tuple(map(tuple, groups.values()))


def place_of(target: Target) -> str:
    """Return how a person calls the place of a target."""
    return f"{target.function_app}, slot {target.slot}" if target.slot else target.function_app


def _means(text: str, target: Target) -> bool:
    return target.name == text or (bool(_WILD & set(text)) and fnmatchcase(target.name, text))


def _place(target: Target) -> tuple[str, ...]:
    # Names in Azure differ in more than their case.
    names = (target.subscription, target.resource_group, target.function_app, target.slot or "")
    return tuple(name.lower() for name in names)


def _no_target(text: str, declared: Sequence[Target]) -> UsageError:
    names = [target.name for target in declared]
    if not names:
        return UsageError(
            "no target is declared",
            remedy="Add [tool.lading.targets.NAME] with app, subscription, resource-group and "
            "function-app.",
        )
    near = nearest(text, names)
    hint = f"Did you mean {near}? " if near else ""
    verb = "no target matches" if _WILD & set(text) else "there is no target named"
    return UsageError(
        f"{verb} {text}" if text else "no target was named",
        remedy=f"{hint}Declared: {', '.join(names)}.",
    )
