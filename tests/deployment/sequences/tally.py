"""What all sequences came to: how the commands ended, and under which faults, in two tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lading.core.tables import render_columns

_CODES = ("0", "7", "8", "other", "killed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """How a command ended: its code (None: killed), and the faults that it met."""

    hosting: str
    what: str
    code: int | None
    ending: str
    said: str
    met: tuple[str, ...]

    @property
    def column(self) -> str:
        """Return under which heading it is counted."""
        if self.code is None:
            return "killed"
        if self.ending == "refused":
            return "other"
        return str(self.code)


def render_tally(rows: Sequence[Row]) -> str:
    """Return the tables: by hosting plan, and by fault."""
    every = ((f"{row.hosting} {row.what}",) for row in rows)
    faults = (row.met or ("none",) for row in rows)
    return "\n\n".join((_table("plan", rows, every), _table("fault that was met", rows, faults)))


def _table(title: str, rows: Sequence[Row], names: Iterable[tuple[str, ...]]) -> str:
    counts = Counter(
        (name, row.column) for row, of_row in zip(rows, names, strict=True) for name in of_row
    )
    lines: list[tuple[str, ...]] = [(title, "all", *_CODES)]
    for name in sorted({name for name, _ in counts}):
        number = [counts[name, column] for column in _CODES]
        lines.append((name, str(sum(number)), *_shares(number)))
    return render_columns(lines)


def _shares(numbers: Sequence[int]) -> Iterator[str]:
    whole = sum(numbers)
    for number in numbers:
        yield f"{number} ({100 * number / whole:.0f} %)" if number else "-"
