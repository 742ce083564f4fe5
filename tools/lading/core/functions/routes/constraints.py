"""What a route demands of a value: `{id:int}`, `{name:length(3,20)}`, as ASP.NET reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

_INT32 = 1 << 31
_INT64 = 1 << 63
# The largest System.Decimal.
_MOST_DECIMAL = (1 << 96) - 1
_INTEGER = re.compile(r"\s*(?P<digits>[+-]?[0-9]+)\s*")
_DECIMAL = re.compile(r"\s*[+-]?(?P<digits>[0-9][0-9,]*(?:\.[0-9]*)?|\.[0-9]+)[+-]?\s*")
_FLOAT = re.compile(
    r"\s*(?:[+-]?(?:[0-9][0-9,]*(?:\.[0-9]*)?|\.[0-9]+)(?:e[+-]?[0-9]+)?|nan|[+-]?(?:infinity|∞))\s*",
    re.IGNORECASE,
)
_HEX = "[0-9a-fA-F]"
_DASHED = f"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}"
_GUID = re.compile(rf"\s*(?:{_HEX}{{32}}|{_DASHED}|\{{{_DASHED}\}}|\({_DASHED}\))\s*")
_ALPHA = re.compile(r"[a-z]*", re.IGNORECASE | re.ASCII)
_RULE = re.compile(r"(?P<name>[^()]*)(?:\((?P<argument>.*)\))?", re.DOTALL)
# .NET names a group `(?<name>…)`, which Python takes for a look behind.
_NAMED_GROUP = re.compile(r"\(\?<(?=[A-Za-z_])")
# What .NET's invariant culture takes of what can stand in a path, beside ISO 8601.
_DATES = ("%Y-%m-%d", "%m-%d-%Y", "%Y.%m.%d", "%Y-%m", "%d %b %Y", "%d %B %Y", "%b %d, %Y")
_TIMES = ("", " %H:%M", " %H:%M:%S", "T%H:%M", "T%H:%M:%S", " %I:%M %p")


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """One demand, as it is written, and whether a value meets it."""

    text: str
    holds: Callable[[str], bool]


class ConstraintError(ValueError):
    """A demand that the Functions host does not know, or cannot read."""


def parse_constraint(text: str) -> Constraint:
    """Return the demand that stands behind a parameter's colon, such as `range(1,12)`.

    Raises ConstraintError for one that the host does not know.
    """
    found = _RULE.fullmatch(text)
    name = found["name"].strip().lower() if found else ""
    argument = found["argument"] if found else None
    if argument is None and name in _PLAIN:
        return Constraint(text=text, holds=_PLAIN[name])
    if argument is not None and name == "regex":
        return Constraint(text=text, holds=_regex(argument))
    if argument is not None and name in _WITH_NUMBERS:
        return Constraint(text=text, holds=_numbered(text, name, argument))
    raise ConstraintError(f"there is no constraint {text}")


def _numbered(text: str, name: str, argument: str) -> Callable[[str], bool]:
    most, make = _WITH_NUMBERS[name]
    numbers = [_integer(part, _INT64) for part in argument.split(",")]
    told = [number for number in numbers if number is not None]
    if len(told) != len(numbers) or len(told) not in most:
        raise ConstraintError(f"{text} wants {' or '.join(map(str, most))} whole numbers")
    if len(told) > 1 and told[0] > told[1]:
        raise ConstraintError(f"{text} begins behind its end")
    return make(*told)


def _integer(text: str, limit: int) -> int | None:
    found = _INTEGER.fullmatch(text)
    number = int(found["digits"]) if found else None
    return number if number is not None and -limit <= number < limit else None


def _regex(pattern: str) -> Callable[[str], bool]:
    try:
        compiled = re.compile(_NAMED_GROUP.sub("(?P<", pattern), re.IGNORECASE)
    except re.error as error:
        # .NET knows more than Python does: what is unknown here is let through.
        _ = error
        return lambda _value: True
    return lambda value: compiled.search(value) is not None


def _is_decimal(value: str) -> bool:
    found = _DECIMAL.fullmatch(value)
    if found is None:
        return False
    whole = found["digits"].replace(",", "").partition(".")[0]
    return int(whole or "0") <= _MOST_DECIMAL


def _is_datetime(value: str) -> bool:
    text = value.strip()
    if "-" in text[:8]:
        try:
            datetime.fromisoformat(text)
        except ValueError:
            pass
        else:
            return True
    return any(_reads(text, date + time) for date in _DATES for time in _TIMES)


def _reads(text: str, form: str) -> bool:
    try:
        # Only whether it is one; nobody asks which moment it is.
        datetime.strptime(text, form)  # noqa: DTZ007
    except ValueError:
        return False
    return True


def _units(value: str) -> int:
    """Return the length of a text as .NET counts it."""
    return len(value.encode("utf-16-le", "surrogatepass")) // 2


def _number(value: str) -> int | None:
    return _integer(value, _INT64)


def _length(least: int, most: int | None = None) -> Callable[[str], bool]:
    return lambda value: least <= _units(value) <= (least if most is None else most)


def _between(least: int, most: int) -> Callable[[str], bool]:
    return lambda value: (number := _number(value)) is not None and least <= number <= most


def _has_name(value: str) -> bool:
    """Say whether the last part looks like a file's: a dot with something behind it."""
    return bool(re.search(r"\.[^./]+$", value))


_PLAIN: dict[str, Callable[[str], bool]] = {
    "int": lambda value: _integer(value, _INT32) is not None,
    "long": lambda value: _integer(value, _INT64) is not None,
    "bool": lambda value: value.strip().lower() in {"true", "false"},
    "datetime": _is_datetime,
    "decimal": _is_decimal,
    "double": lambda value: _FLOAT.fullmatch(value) is not None,
    "float": lambda value: _FLOAT.fullmatch(value) is not None,
    "guid": lambda value: _GUID.fullmatch(value) is not None,
    "alpha": lambda value: _ALPHA.fullmatch(value) is not None,
    "required": lambda value: value != "",
    "file": _has_name,
    "nonfile": lambda value: not _has_name(value),
}
# How many numbers each takes, and what it makes of them.
_WITH_NUMBERS: dict[str, tuple[Iterable[int], Callable[..., Callable[[str], bool]]]] = {
    "length": ((1, 2), _length),
    "minlength": ((1,), lambda least: lambda value: _units(value) >= least),
    "maxlength": ((1,), lambda most: lambda value: _units(value) <= most),
    "min": ((1,), lambda least: _between(least, _INT64)),
    "max": ((1,), lambda most: _between(-_INT64, most)),
    "range": ((2,), _between),
}
