"""Which values a path gives to the parameters of a route, by the rules of ASP.NET."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lading.core.functions.routes.templates import Literal, Parameter, Part, Segment, Template

# An encoded slash stays what it is: it divides nothing.
_ENCODED = re.compile(r"(?:%(?!2[fF])[0-9a-fA-F]{2})+")


def decode_path(raw: str) -> str:
    """Return a path as the Functions host sees it: decoded but for %2F, and without dots."""
    decoded = _ENCODED.sub(_decode, raw)
    kept: list[str] = []
    parts = decoded.split("/")
    for number, part in enumerate(parts):
        if part in {".", ".."}:
            if part == ".." and len(kept) > 1:
                kept.pop()
            if number == len(parts) - 1:
                kept.append("")
        else:
            kept.append(part)
    return "/".join(kept)


def _decode(found: re.Match[str]) -> str:
    try:
        return bytes.fromhex(found[0].replace("%", "")).decode("utf-8")
    except UnicodeDecodeError:
        return found[0]


def match_path(template: Template, path: str) -> dict[str, str] | None:
    """Return the values of a decoded path, None where it is not the route's."""
    pieces = path.removeprefix("/").split("/")
    # A slash at the end divides nothing from nothing.
    told = pieces[:-1] if not pieces[-1] else pieces
    values: dict[str, str | None] = {}
    for number, segment in enumerate(template.segments):
        has_piece = number < len(told)
        if has_piece and not told[number]:
            return None
        only = segment[0] if len(segment) == 1 else None
        if isinstance(only, Parameter) and only.is_catch_all:
            values[only.name] = "/".join(pieces[number:]) or only.default
            told = told[: number + 1]
            break
        found = _take(segment, told[number]) if has_piece else _without(only)
        if found is None:
            return None
        values |= found
    if len(told) > len(template.segments):
        return None
    if not all(one.allows(values.get(one.name)) for one in template.parameters):
        return None
    return {name: value for name, value in values.items() if value is not None}


def _without(only: Part | None) -> dict[str, str | None] | None:
    """Return what a segment gives where the path has ended."""
    if not isinstance(only, Parameter) or (only.default is None and not only.is_optional):
        return None
    return {only.name: only.default}


def _take(segment: Segment, piece: str) -> dict[str, str | None] | None:
    first, last = segment[0], segment[-1]
    if len(segment) == 1:
        if isinstance(first, Parameter):
            return {first.name: piece}
        return {} if _fold(first.text) == _fold(piece) else None
    found = _from_the_right(segment, piece)
    if found is None and isinstance(last, Parameter) and last.is_optional:
        # Without it there is no dot before it either.
        return None if piece.endswith(".") else _from_the_right(segment[:-2], piece)
    return found


def _from_the_right(parts: Sequence[Part], piece: str) -> dict[str, str | None] | None:
    """Divide a piece at its last dots and dashes first, and never think twice, as ASP.NET does."""
    values: dict[str, str | None] = {}
    end = len(piece)
    waiting: Parameter | None = None
    for part in reversed(parts):
        if isinstance(part, Parameter):
            waiting = part
            continue
        begin = _last_place(part, piece[: end - 1 if waiting else end])
        behind = begin + len(part.text)
        if begin < 0 or (waiting is None and behind != end):
            return None
        if waiting is not None:
            values[waiting.name] = piece[behind:end]
            waiting = None
        end = begin
    if waiting is not None:
        values[waiting.name] = piece[:end]
        return values if end else None
    return values if end == 0 else None


def _last_place(literal: Literal, piece: str) -> int:
    return _fold(piece).rfind(_fold(literal.text))


def _fold(text: str) -> str:
    """Return a text in one case, and as long as it was."""
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)
