"""Deployments as an SCM site records them, App Service's and those of Flex Consumption."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from lading.core.access.said import one_line
from lading.core.deployment.reactions import without_queries
from lading.core.documents import Document, as_document, number_of, parse_json, text_of

# As what a deployment of lading is recorded; its marker begins with it too.
DEPLOYER = "lading"
_MARKER = re.compile(r"\blading (?P<content>[0-9a-f]{12}) [0-9a-f]{8}\b")
_MORE_DIGITS = re.compile(r"(\.\d{6})\d+")

# Pending, building, deploying.
UNDER_WAY = frozenset({0, 1, 2})

LogLevel = Literal["message", "warning", "error"]
_LEVELS: Mapping[int, LogLevel] = {1: "warning", 2: "error"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentRecord:
    """One deployment as it is recorded; `ended` is None until it is over, or where nobody says."""

    id: str
    status: int
    text: str = ""
    message: str = ""
    deployer: str = ""
    complete: bool = False
    temporary: bool = False
    active: bool = False
    received: dt.datetime | None = None
    ended: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One line of a deployment's log; `details` is the URL of more, "" where there is none."""

    text: str
    level: LogLevel = "message"
    details: str = ""


def marker_of(content_sha256: str, nonce: str) -> str:
    """Return the words by which a deployment is known in any list; `nonce` is 8 hex digits."""
    return f"{DEPLOYER} {content_sha256[:12]} {nonce}"


def parse_record(value: object) -> DeploymentRecord | None:
    """Return a record, None for what is none: `{}`, a text, a record without a status."""
    document = as_document(value)
    # Resource Manager wraps what the SCM site says.
    inner = as_document(document.get("properties")) or document
    status = number_of(inner, "status")
    if status is None:
        return None
    return DeploymentRecord(
        id=text_of(inner, "id") or text_of(document, "name"),
        status=status,
        text=_words(text_of(inner, "status_text") or text_of(inner, "progress")),
        message=text_of(inner, "message"),
        deployer=text_of(inner, "deployer"),
        complete=inner.get("complete") is True,
        temporary=inner.get("is_temp") is True or text_of(inner, "id").startswith("temp-"),
        active=inner.get("active") is True,
        received=_time_of(inner, "received_time"),
        ended=_time_of(inner, "end_time"),
    )


def parse_records(value: object) -> tuple[DeploymentRecord, ...]:
    """Return the records of a list, in its order; what is none is left out."""
    document = as_document(value)
    rows = document.get("value") if document else value
    items = rows if isinstance(rows, list) else []
    return tuple(record for record in map(parse_record, items) if record is not None)


def find_record(
    records: Iterable[DeploymentRecord], *, marker: str, known: str = ""
) -> DeploymentRecord | None:
    """Return the record with a marker or of a known id, None where it is not in the list."""
    for record in records:
        if marker in record.message or (known and record.id == known):
            return record
    return None


def is_any_under_way(records: Iterable[DeploymentRecord]) -> bool:
    """Say whether one of them has not ended yet."""
    return any(
        record.status in UNDER_WAY and not record.complete and record.ended is None
        for record in records
    )


def has_marker(record: DeploymentRecord) -> bool:
    """Say whether a deployment, of whichever run, says of itself that it is lading's."""
    return _MARKER.search(record.message) is not None


def content_of(record: DeploymentRecord) -> str:
    """Return the first 12 digits of the content that a deployment of lading brought, else ""."""
    found = _MARKER.search(record.message)
    return found["content"] if found else ""


def parse_log(body: str) -> tuple[LogLine, ...]:
    """Return a deployment's log, () for what is none: a log that is missing fails nothing."""
    rows = parse_json(body)
    documents = map(as_document, rows if isinstance(rows, list) else [])
    return tuple(
        LogLine(
            text=_words(text_of(row, "message")),
            level=_LEVELS.get(number_of(row, "type") or 0, "message"),
            details=text_of(row, "details_url"),
        )
        for row in documents
        if text_of(row, "message")
    )


def _words(text: str) -> str:
    return without_queries(one_line(text))


def _time_of(document: Document, key: str) -> dt.datetime | None:
    text = text_of(document, key)
    try:
        # .NET writes seven digits of a second.
        time = dt.datetime.fromisoformat(_MORE_DIGITS.sub(r"\1", text))
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=dt.UTC)
