"""A resolver's refusal, told in a few lines that name the sides."""

from __future__ import annotations

import re
from collections.abc import Mapping

from packaging.utils import canonicalize_name

from lading.core.errors import ResolutionError
from lading.core.machine import Machine

_DEPENDS = re.compile(
    r"(?P<who>(?:all versions of )?[A-Za-z0-9][\w.\[\]-]*(?:[=<>!~]=?[^\s;]*)?) depends? on "
    r"(?P<name>[A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?(?P<range>[=<>!~][^\s;]*)?"
)
_YOU = re.compile(
    r"you require (?P<name>[A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?(?P<range>[=<>!~][^\s;]*)?"
)
# "you require a<2 and a==2.0, …": the second range is a demand of its own.
_AND_YOU = re.compile(r"(you require [^\s,]+) and (?=[A-Za-z0-9][\w.-]*[=<>!~]\S*,)")
_NOT_FOUND = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*) was not found in the package registry")
_NO_WHEEL = re.compile(
    r"(?P<what>[A-Za-z0-9][\w.-]*(?:[=<>!~]=?[^\s]*)?) ha(?:s|ve) no wheels with a matching "
)
_OTHER_WHEELS = re.compile(
    r"[Ww]heels (?:are available )?for `(?P<name>[^`]+)` \([^)]*\) (?:on|with) the following "
    r"[\w ]+: (?P<tags>`[^`]+`(?:, `[^`]+`)*)"
)
_LOOPBACK = re.compile(
    r"https?://(?:[^\s/@`]*@)?(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?[^\s`),]*"
)
_STAND_IN = re.compile(r"https?://stand-in\.invalid/[^\s`),]*")
_ALL = "all versions of "
_LOOSEN = "Loosen one side, or ask for another version of the package that demands it."
_OFFER = (
    "Ask for a version that has one, or see that its publisher adds one; a source archive beside"
    " the wheels is enough, and is built here."
)
_LONGEST_EXPLANATION = 12


def render_refusal(
    text: str, *, machine: Machine, origins: Mapping[str, tuple[str, ...]]
) -> ResolutionError:
    """Turn a resolver's refusal into an error that names the sides that contradict each other."""
    explanation = _trimmed(text)
    joined = " ".join(explanation.split())
    headline = _missing(joined, origins) or _contradiction(joined, origins)
    unusable = None if headline else _unusable(joined, machine, origins)
    title = headline or unusable or f"there is no set of versions for {machine.name}"
    return ResolutionError(
        f"{title}\nThe resolver says:\n{_indented(explanation)}",
        remedy=_OFFER if unusable else _LOOSEN,
    )


def hide_loopback(text: str) -> str:
    """Return `text` without the addresses that exist only while one command runs."""
    return _STAND_IN.sub("(to be built)", _LOOPBACK.sub("(the index)", text))


def _missing(text: str, origins: Mapping[str, tuple[str, ...]]) -> str | None:
    names = sorted({match["name"] for match in _NOT_FOUND.finditer(text)})
    if not names:
        return None
    lines = []
    for name in names:
        asking = [
            f"{match['who']} {'need' if match['who'].startswith(_ALL) else 'needs'} it"
            for match in _DEPENDS.finditer(text)
            if canonicalize_name(match["name"]) == canonicalize_name(name)
        ]
        asking += [f"asked for in {file}" for file in origins.get(canonicalize_name(name), ())]
        tail = f": {'; '.join(dict.fromkeys(asking))}" if asking else ""
        lines.append(f"the default index has no package named {name}{tail}")
    return "\n".join(lines)


def _contradiction(text: str, origins: Mapping[str, tuple[str, ...]]) -> str | None:
    sides: dict[str, dict[str, str]] = {}
    for match in _DEPENDS.finditer(text):
        if match["name"] == "Python":
            continue
        who = match["who"].removeprefix(_ALL)
        demands = sides.setdefault(canonicalize_name(match["name"]), {})
        demands[_demand(match)] = f"{who}{_asked_in(who, origins)}"
    for match in _YOU.finditer(_AND_YOU.sub(r"\1 and you require ", text)):
        asked = canonicalize_name(match["name"])
        where = ", ".join(origins.get(asked, ())) or "the requirements"
        sides.setdefault(asked, {})[_demand(match)] = where
    disputed = {name: found for name, found in sides.items() if len(found) > 1}
    if not disputed:
        return None
    lines = []
    for name, found in disputed.items():
        lines.append(f"no version of {name} satisfies everybody:")
        lines += [f"  {who} needs {what}" for what, who in found.items()]
    return "\n".join(lines)


def _unusable(text: str, machine: Machine, origins: Mapping[str, tuple[str, ...]]) -> str | None:
    """Say what has no file for the machine, and for what it has some."""
    whats = dict.fromkeys(match["what"] for match in _NO_WHEEL.finditer(text))
    if not whats:
        return None
    others: dict[str, str] = {}
    for match in _OTHER_WHEELS.finditer(text):
        name = canonicalize_name(match["name"])
        others[name] = f"; its wheels are for {match['tags'].replace('`', '')}"
    return "\n".join(
        f"{what}{_asked_in(what, origins)} has neither a wheel for {machine.name} nor a source"
        f" archive{others.get(canonicalize_name(_name_in(what)), '')}"
        for what in whats
    )


def _demand(match: re.Match[str]) -> str:
    # A comma belongs to the range inside of it, to the sentence behind it.
    return f"{match['name']}{match['range'] or ''}".rstrip(",")


def _asked_in(who: str, origins: Mapping[str, tuple[str, ...]]) -> str:
    files = origins.get(canonicalize_name(_name_in(who)), ())
    return f" (asked for in {', '.join(files)})" if files else ""


def _name_in(text: str) -> str:
    return re.split(r"[\[=<>!~]", text, maxsplit=1)[0]


def _trimmed(text: str) -> str:
    lines = [line.rstrip() for line in hide_loopback(text).splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith("warning:")]
    if len(lines) > _LONGEST_EXPLANATION:
        left_out = len(lines) - _LONGEST_EXPLANATION
        lines = [*lines[:_LONGEST_EXPLANATION], f"({left_out} more lines)"]
    return "\n".join(lines)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
