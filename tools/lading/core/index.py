"""What an index offers: its files, and which of them a target can use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexFile:
    """One file as an index lists it (PEP 503, 592, 658, 691).

    `name` is canonical; `url` absolute, upstream, without fragment and never shown to a child;
    `sha256` is hex; `yanked` the reason ("" where none is given), None where it is not yanked;
    `has_metadata` says that URL + ".metadata" exists upstream, `metadata_sha256` is its hash where
    the index tells; `upload_time` is as the index writes it (PEP 700).
    """

    name: str
    version: str
    filename: str
    url: str
    source: str
    sha256: str | None = None
    size: int | None = None
    requires_python: str | None = None
    yanked: str | None = None
    has_metadata: bool = False
    metadata_sha256: str | None = None
    upload_time: str | None = None

    @property
    def is_wheel(self) -> bool:
        """Say whether it can be used as it is."""
        return self.filename.endswith(".whl")
