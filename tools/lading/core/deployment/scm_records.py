"""Deployments as an SCM site records them, App Service's and those of Flex Consumption."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Literal

from lading.core.access.asked import Answer
from lading.core.access.said import one_line
from lading.core.deployment.reactions import without_queries
from lading.core.documents import Document, as_document, number_of, parse_json, text_of

# As what a deployment of lading is recorded; its marker begins with it too.
DEPLOYER = "lading"
_MARKER = re.compile(r"\blading (?P<content>[0-9a-f]{12}) [0-9a-f]{8}\b")
_MORE_DIGITS = re.compile(r"(\.\d{6})\d+")

# What stands in the place of a deployer where the service keeps none.
_NOBODYS = frozenset({DEPLOYER, "", "N/A", "OneDeploy", "Push-Deployer", "ZipDeploy"})
# Azure lets go of a deployment that hangs after so long.
LET_GO_AFTER = dt.timedelta(minutes=25)
# The machines of one service agree on the time as well as that.
_CLOCKS_DIFFER = dt.timedelta(minutes=1)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Deployments as they were listed; `at` is the time by Azure's own clock, where that is told.

    No time of this machine is ever compared with one of Azure.
    """

    records: tuple[DeploymentRecord, ...]
    at: dt.datetime | None = None

    @property
    def ids(self) -> frozenset[str]:
        """Return the ids of all of them."""
        return frozenset(record.id for record in self.records)

    @property
    def is_any_under_way(self) -> bool:
        """Say whether one of them has not ended yet.

        One that began longer ago than Azure lets any of them take was left behind, as where the
        instance is gone that did the work.
        """
        return any(
            record.status in UNDER_WAY
            and not record.complete
            and record.ended is None
            and not self._is_left_behind(record)
            for record in self.records
        )

    def find(self, marker: str, *, known: str = "") -> DeploymentRecord | None:
        """Return the record with a marker or of a known id, None where it is not in the list."""
        for record in self.records:
            if marker in record.message or (known and record.id == known):
                return record
        return None

    @property
    def is_any_coming(self) -> bool:
        """Say whether there is a temporary record, of a package that is still on its way."""
        return any(record.temporary for record in self.records)

    def since(self, earlier: Listed) -> tuple[DeploymentRecord, ...]:
        """Return the deployments that began since an earlier list, but for temporary records.

        A list of another instance may have old ones that the earlier one lacked.
        """
        return tuple(
            record
            for record in self.records
            if record.id not in earlier.ids
            and not record.temporary
            and not _is_before(record.received, earlier.at)
        )

    def _is_left_behind(self, record: DeploymentRecord) -> bool:
        return _is_before(record.received, self.at and self.at - LET_GO_AFTER)


def listed_of(reply: Answer) -> Listed:
    """Return the deployments of a good answer."""
    return Listed(records=parse_records(parse_json(reply.body)), at=_date_of(reply))


def _date_of(reply: Answer) -> dt.datetime | None:
    try:
        time = parsedate_to_datetime(reply.headers.get("date", ""))
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=dt.UTC)


def may_be_own(record: DeploymentRecord) -> bool:
    """Say whether a new record without the marker may be the own one.

    Services are known that write their own words in the place of a message and a deployer.
    """
    return record.deployer in _NOBODYS and not has_marker(record)


def is_lading(record: DeploymentRecord) -> bool:
    """Say whether a record without the marker is lading's: its service keeps no messages."""
    return record.deployer == DEPLOYER and not has_marker(record)


def _is_before(time: dt.datetime | None, limit: dt.datetime | None) -> bool:
    return time is not None and limit is not None and time < limit - _CLOCKS_DIFFER


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
