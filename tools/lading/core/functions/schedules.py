"""When a timer starts its function: schedules as the Functions host reads them, by NCrontab."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """A field of a schedule, its values, and names for them that may be shortened."""

    name: str
    least: int
    most: int
    names: tuple[str, ...] = ()


_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_FIELDS = (
    _Field(name="second", least=0, most=59),
    _Field(name="minute", least=0, most=59),
    _Field(name="hour", least=0, most=23),
    _Field(name="day", least=1, most=31),
    _Field(name="month", least=1, most=12, names=_MONTHS),
    _Field(name="day of the week", least=0, most=6, names=_DAYS),
)
_WITHOUT_SECONDS = _FIELDS[1:]
# As .NET reads numbers: what is white may follow, and a step may have a sign.
_NUMBER = re.compile(r"([0-9]{1,9})[\t-\r]*")
_STEP = re.compile(r"[\t-\r]*[+-]?[0-9]{1,9}[\t-\r]*")
# As .NET reads time spans: days alone, or hours and minutes; of 24:00:00 the 24 are days.
_TIME_SPAN = re.compile(
    r"\s*-?(?:0*\d{1,8}|(?:0*\d{1,8}[.:])?0*(?:2[0-3]|1?\d):0*[1-5]?\d"
    r"(?::(?:0*[1-5]?\d)?(?:[.,:]\d*)?)?)\s*",
    re.ASCII,
)


def explain_schedule(text: str) -> str:
    """Return why the Functions host takes no schedule from a text, "" where it does.

    What names a setting, `%NAME%`, has its schedule in Azure.
    """
    if "%" in text or _TIME_SPAN.fullmatch(text):
        return ""
    parts = [part for part in text.split(" ") if part]
    fields = _WITHOUT_SECONDS if len(parts) == len(_WITHOUT_SECONDS) else _FIELDS
    if len(parts) != len(fields):
        return f"it has {len(parts)} field{'' if len(parts) == 1 else 's'}, and not six, or five"
    for field, part in zip(fields, parts, strict=True):
        # A comma that comes first separates nothing.
        for item in part.split(",") if part.find(",") > 0 else [part]:
            if not _takes(field, item):
                return f"{item or part!r} is no {field.name}: {_shown(field)}"
    return ""


def _takes(field: _Field, item: str) -> bool:
    values, slash, step = item.partition("/")
    if slash and values and not _STEP.fullmatch(step):
        return False
    if values == "*":
        return True
    first, hyphen, last = (values or item).partition("-")
    ends = (first, last) if hyphen and first else (values or item,)
    return all(_is_value(field, end) for end in ends)


def _is_value(field: _Field, text: str) -> bool:
    number = _NUMBER.fullmatch(text)
    if number is not None:
        return field.least <= int(number[1]) <= field.most
    return bool(text) and any(name.startswith(text.lower()) for name in field.names)


def _shown(field: _Field) -> str:
    named = f", or {field.names[0].title()} to {field.names[-1].title()}" if field.names else ""
    return f"{field.least} to {field.most}{named}"
