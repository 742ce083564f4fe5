"""Sizes in words: how a number of bytes is shown to people."""

from __future__ import annotations

_MEBIBYTE = 1024 * 1024


def render_size(size: int) -> str:
    """Return a number of bytes as people read it."""
    if size >= _MEBIBYTE:
        return f"{size / _MEBIBYTE:.1f} MiB"
    return f"{size / 1024:.1f} KiB"
