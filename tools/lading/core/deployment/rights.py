"""What an identity may do to an app, and what a deployment needs that it may."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from lading.core.documents import as_document, rows_of, texts_of

_SITES = "Microsoft.Web/sites"
READ = "Read"
READ_SETTINGS = "config/list/Action"
WRITE_CONFIG = "config/Write"
PUBLISH = "publish/Action"
# To have the platform fetch a package.
PULL = "extensions/Write"
# Both ways of asking for a swap are actions of their own, and one of them is enough.
SWAPS = (f"{_SITES}/slots/slotsswap/Action", f"{_SITES}/slotsswap/Action")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One thing that was granted: patterns of actions, without those that are excepted."""

    actions: tuple[str, ...]
    excepted: tuple[str, ...] = ()

    def covers(self, action: str) -> bool:
        """Say whether an action is granted; case does not matter, `*` stands for anything."""
        return _matches(action, self.actions) and not _matches(action, self.excepted)


def parse_grants(value: object) -> tuple[Grant, ...] | None:
    """Return what Resource Manager lists as permissions, None for what is no list of them."""
    document = as_document(value)
    if not isinstance(document.get("value"), list):
        return None
    return tuple(
        Grant(actions=texts_of(row, "actions"), excepted=texts_of(row, "notActions"))
        for row in rows_of(document, "value")
    )


def actions_of(names: Iterable[str], *, slot: bool) -> tuple[str, ...]:
    """Return the actions of the app, or of a slot, in full."""
    place = f"{_SITES}/slots" if slot else _SITES
    return tuple(f"{place}/{name}" for name in names)


def missing_actions(grants: Sequence[Grant], needed: Iterable[str]) -> tuple[str, ...]:
    """Return the actions that nothing grants."""
    return tuple(action for action in needed if not any(grant.covers(action) for grant in grants))


def may_swap(grants: Sequence[Grant]) -> bool:
    """Say whether slots may be swapped, in one way or the other."""
    return len(missing_actions(grants, SWAPS)) < len(SWAPS)


def _matches(action: str, patterns: Iterable[str]) -> bool:
    # "[" has no meaning in a pattern of Azure, and would have one here.
    return any(
        fnmatchcase(action.lower(), pattern.lower().replace("[", "[[]")) for pattern in patterns
    )
