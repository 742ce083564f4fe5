"""What `publish` did, as text and JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

from lading.core.publication import Distribution
from lading.core.sizes import render_size

# What became of a file, and what the index says of it afterwards.
Outcome = Literal["uploaded", "already there"]
Evidence = Literal["same hash", "no hash", "not listed yet"]
_EVIDENCE: dict[Evidence, str] = {
    "same hash": "the index lists the same hash",
    "no hash": "the index lists it without a hash",
    "not listed yet": "the index does not list it yet",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A file that is in the index now, how it came there, and on what evidence."""

    file: Distribution
    outcome: Outcome
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One release that was published, where to, and what built it."""

    name: str
    version: str
    source: str
    url: str
    files: tuple[Published, ...]
    builder: str
    sandbox: str

    @property
    def is_new(self) -> bool:
        """Say whether anything was uploaded."""
        return any(one.outcome == "uploaded" for one in self.files)


def render_publication_text(publication: Publication) -> str:
    """Return a publication for people."""
    release = f"{publication.name} {publication.version}"
    head = (
        f"{release} is in {publication.source}, uploaded to {publication.url}"
        if publication.is_new
        else f"{release} was in {publication.source} already, byte for byte; nothing was uploaded"
    )
    lines = [head]
    for one in publication.files:
        happened = "uploaded" if one.outcome == "uploaded" else "already there, identical"
        lines.append(f"  {one.file.filename}  {render_size(one.file.size)}  {happened}")
        lines.append(f"    SHA-256 {one.file.sha256}: {_EVIDENCE[one.evidence]}")
    lines.append(f"built by {publication.builder}; {publication.sandbox}")
    return "\n".join(lines) + "\n"


def render_publication_json(publication: Publication) -> str:
    """Return a publication as a JSON document, field by field."""
    document = {
        "schema": "lading/publish/1",
        "name": publication.name,
        "version": publication.version,
        "source": publication.source,
        "url": publication.url,
        "uploaded": publication.is_new,
        "files": [
            {
                "filename": one.file.filename,
                "size": one.file.size,
                "sha256": one.file.sha256,
                "outcome": one.outcome,
                "evidence": one.evidence,
            }
            for one in publication.files
        ],
        "builder": publication.builder,
        "sandbox": publication.sandbox,
    }
    return json.dumps(document, indent=2) + "\n"
