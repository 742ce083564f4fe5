"""Sizes in words: how a number of bytes is shown to people."""

from __future__ import annotations

_KIBIBYTE = 1024
_MEBIBYTE = 1024 * _KIBIBYTE


def render_size(size: int) -> str:
    """Return a number of bytes as people read it."""
    if size >= _MEBIBYTE:
        return f"{size / _MEBIBYTE:.1f} MiB"
    if size >= _KIBIBYTE:
        return f"{size / _KIBIBYTE:.1f} KiB"
    return f"{size} B"
