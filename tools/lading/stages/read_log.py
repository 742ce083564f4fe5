"""A site → what a deployment of it logged, and what its app logs now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lading.core.access.asked import Answer
from lading.core.config import Target
from lading.core.deployment.logs import DeploymentLog, judge_stream
from lading.core.deployment.reactions import Accepted, Refused
from lading.core.deployment.scm_records import DeploymentRecord, LogLine, parse_log, parse_records
from lading.core.documents import parse_json
from lading.core.errors import DeploymentFailed
from lading.edges.azure.asking import Patience
from lading.edges.azure.scm import Scm

_OK = 200
# Of how many lines the details are asked for, at most; and seconds between two streams.
_DETAILS, _BETWEEN = 20, 2.0
# Bytes: what is longer is told in pieces, or an app that ends no line would fill the memory.
_LONGEST_LINE = 64 * 1024


def read_log(target: Target, record: DeploymentRecord, scm: Scm) -> DeploymentLog:
    """Return a deployment's log as it is now, details and all; a log that is missing is empty."""
    now = _now(record, scm)
    reply = scm.read_log((now or record).id)
    good = isinstance(reply, Answer) and reply.status == _OK
    lines = parse_log(reply.body) if good and isinstance(reply, Answer) else ()
    whole: list[LogLine] = []
    left = _DETAILS
    for line in lines:
        whole.append(line)
        if line.details and left:
            left -= 1
            whole += _details(now or record, line, scm)
    return DeploymentLog(
        target=target, record=now or record, lines=tuple(whole), is_forgotten=now is None
    )


def follow_log(scm: Scm, patience: Patience, tell: Callable[[str], None]) -> None:
    """Tell every line that an app logs, until somebody ends it; a stream that ends is opened again.

    Raises DeploymentFailed where the site gives none.
    """
    rest = b""

    def take(some: bytes) -> None:
        nonlocal rest
        *lines, rest = (rest + some).split(b"\n")
        if len(rest) > _LONGEST_LINE:
            lines, rest = [*lines, rest], b""
        for line in lines:
            tell(line.decode("utf-8", "replace").rstrip("\r"))

    # It finds out which of the tokens is taken.
    scm.list_deployments()
    while True:
        reaction = patience.ask(lambda: scm.follow_log(take), judge_stream).reaction
        if not isinstance(reaction, Accepted):
            remedy = reaction.remedy if isinstance(reaction, Refused) else "Try again."
            raise DeploymentFailed(reaction.text, remedy=remedy)
        patience.sleep(_BETWEEN)


def _now(record: DeploymentRecord, scm: Scm) -> DeploymentRecord | None:
    """Return a deployment's record as it is now; at first it may have had an id for a while."""
    reply = scm.list_deployments()
    body = reply.body if isinstance(reply, Answer) and reply.status == _OK else ""
    for one in parse_records(parse_json(body)):
        is_same_time = record.received is not None and one.received == record.received
        if one.id == record.id or (record.temporary and is_same_time):
            return one
    return None


def _details(record: DeploymentRecord, line: LogLine, scm: Scm) -> tuple[LogLine, ...]:
    # The URL is the service's own; only its last part says anything.
    entry = line.details.partition("?")[0].rstrip("/").rpartition("/")[2]
    reply = scm.read_log_details(record.id, entry)
    if not isinstance(reply, Answer) or reply.status != _OK:
        return ()
    return tuple(replace(one, text=f"  {one.text}") for one in parse_log(reply.body))
