"""Tables as text: columns as wide as what is in them."""

from __future__ import annotations

from collections.abc import Sequence


def render_columns(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of as many cells each, one line a row."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
