"""What is in a wheel and where each file goes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """A wheel on this machine, fetched or built; `source` says where it came from, for the report.

    `name` is canonical; `sha256` is hex, of the file at `path`.
    """

    name: str
    version: str
    filename: str
    sha256: str
    source: str
    path: Path
