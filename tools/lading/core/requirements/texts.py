"""One requirement, in whichever form it is written → a value."""

from __future__ import annotations

import re
from collections.abc import Sequence

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from lading.core.access.userinfo import mask_userinfo
from lading.core.requirements import (
    DirectRequirement,
    GitRequirement,
    NamedRequirement,
    PathRequirement,
    UrlRequirement,
)
from lading.core.requirements.direct import (
    Direct,
    Place,
    parse_direct,
    parse_path,
    parse_url,
)
from lading.core.requirements.git_urls import is_git, parse_git
from lading.core.requirements.lines import LineError

# The platform brings it; a second copy in the package breaks the worker's start.
_PLATFORM = frozenset({"azure-functions-worker"})


def parse_requirement(
    text: str, place: Place, *, hashes: Sequence[str] = (), editable: bool = False
) -> NamedRequirement | DirectRequirement | None:
    """Return one requirement, or None for one that the platform provides."""
    direct = parse_direct(text, hashes=hashes, editable=editable)
    if direct is not None:
        return parse_place(direct, place)
    try:
        parsed = Requirement(text)
    except InvalidRequirement as error:
        raise LineError(_explain(text)) from error
    name = canonicalize_name(parsed.name)
    if name in _PLATFORM:
        place.note(f"{name} is dropped: the platform brings its own")
        return None
    parsed.name = name
    parsed.extras = {canonicalize_name(extra) for extra in parsed.extras}
    return NamedRequirement(
        name=name, text=str(parsed), origin=place.origin, hashes=tuple(sorted(hashes))
    )


def parse_place(direct: Direct, place: Place) -> DirectRequirement | None:
    """Return a requirement that names a place, or None for one that the platform provides."""
    item: DirectRequirement
    if is_git(direct.location):
        item = parse_git(direct, place)
    elif re.match(r"https?:", direct.location, re.IGNORECASE):
        item = parse_url(direct, place)
    elif re.match(r"(?!file:)[A-Za-z][A-Za-z0-9+.-]+:", direct.location, re.IGNORECASE):
        message = f'"{mask_userinfo(direct.location)}" has a scheme that is not supported'
        raise LineError(message)
    else:
        item = parse_path(direct, place)
    if item.name in _PLATFORM:
        place.note(f"{item.name} is dropped: the platform brings its own")
        return None
    return item


def _explain(text: str) -> str:
    shown = mask_userinfo(text)
    if "${" in text or re.search(r"%\w+%", text):
        return f'"{shown}" has a variable: what is asked may not depend on the environment'
    if re.search(r"(?<![<>=!~])=(?!=)", text):
        return f'"{shown}" is not a requirement; a version is written NAME==1.0'
    if re.search(r"[\^]|(?<!~)~(?!=)", text):
        return f'"{shown}" is not a requirement; write a range as NAME>=1.2,<2'
    return f'"{shown}" is not a requirement; expected NAME[extra]>=1.0 ; marker'


def check_constraint(item: NamedRequirement | DirectRequirement) -> NamedRequirement:
    """Return a requirement that may bound versions; raise LineError for any other."""
    if not isinstance(item, NamedRequirement):
        message = "a constraint names versions, not a place; write it as a requirement"
        raise LineError(message)
    if item.parsed.extras:
        message = f"a constraint has no extras; write {item.name} without them"
        raise LineError(message)
    return item


def check_places(asked: Sequence[NamedRequirement | DirectRequirement]) -> tuple[str, ...]:
    """Return a problem for every name that is asked from two places at once."""
    problems: list[str] = []
    seen: dict[tuple[str, str | None], DirectRequirement] = {}
    for item in asked:
        if isinstance(item, NamedRequirement) or item.name is None:
            continue
        first = seen.setdefault((item.name, item.marker), item)
        if _location(first) != _location(item):
            problems.append(
                f"{item.origin}: {item.name} is also asked from another place in {first.origin}; "
                "keep one of the two"
            )
    return tuple(problems)


def _location(item: DirectRequirement) -> tuple[str | None, ...]:
    match item:
        case GitRequirement():
            return item.url, item.ref, item.subdirectory
        case PathRequirement():
            return (item.path,)
        case UrlRequirement():
            return (item.url,)
