"""A survey: what a wheel has that could be spared, and what its own code says of such files.

It is a function of the wheel alone, so that it is made once. What others say of these files, and
what follows, is decided for all distributions of an app together.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import Any

from lading.core.slimming.references import Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A folder of tests, from site-packages on, and the files in it."""

    folder: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What is in a wheel that could be spared, and what its code says of such files.

    `name` is the distribution's; names of files are final ones. `modules` are the top-level names
    that it provides, `imports` those that its code imports. `reads_stubs`, `reads_headers` and
    `reads_archives` each name a file whose code speaks of such files, "" where none does;
    `headers_named` are headers that its code names, `includes_of` modules whose headers it asks
    for. `for_compilers` is True where most of its bytes are headers or static libraries.
    """

    name: str
    suites: tuple[Suite, ...] = ()
    stubs: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    archives: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    reads_stubs: str = ""
    reads_headers: str = ""
    reads_archives: str = ""
    headers_named: tuple[str, ...] = ()
    includes_of: tuple[str, ...] = ()
    for_compilers: bool = False


def render_survey(survey: Survey) -> bytes:
    """Return a survey as bytes that `parse_survey` reads."""
    document: dict[str, Any] = {field.name: getattr(survey, field.name) for field in fields(Survey)}
    document["suites"] = [(suite.folder, suite.files) for suite in survey.suites]
    document["references"] = [
        (one.origin, one.target, one.certainty, one.line) for one in survey.references
    ]
    return json.dumps(document, separators=(",", ":")).encode()


def parse_survey(data: bytes) -> Survey:
    """Return the survey that was rendered."""
    document: dict[str, Any] = json.loads(data)
    suites = tuple(
        Suite(folder=folder, files=tuple(files)) for folder, files in document.pop("suites")
    )
    references = tuple(
        Reference(origin=origin, target=target, certainty=certainty, line=line)
        for origin, target, certainty, line in document.pop("references")
    )
    plain: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in document.items()
    }
    return Survey(**plain, suites=suites, references=references)
