"""How the own deployment stands, by what an SCM site answers about it.

Two characters: App Service says that anything is under way by forcing statuses, and begins with a
record that is temporary. Flex Consumption forgets all once the instance that did the work is gone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from lading.core.access.asked import Answer
from lading.core.access.said import one_line
from lading.core.deployment.reactions import NoAnswer
from lading.core.deployment.scm_records import (
    UNDER_WAY,
    DeploymentRecord,
    is_lading,
    parse_record,
)
from lading.core.deployment.uploads import forbidden
from lading.core.documents import parse_json
from lading.core.hosting import Character

# For so long a Flex app may not know a deployment that it has taken, in seconds.
_START_GRACE = 60.0
_OK = 200
_CANCELLED, _FAILED, _SUCCESS, _DROPPED, _PARTLY = -1, 3, 4, 5, 6
# Before the first and the second time that a deployment is done over, in seconds.
REDEPLOY_AFTER = (5.0, 10.0)
# How often it is asked for, in seconds: the instance on Flex that knows of it is soon gone.
POLL_EVERY: Mapping[Character, float] = {"publish": 1.0, "zip-deploy": 3.0}
# For how long, in seconds. A lock that nobody holds any more is let go of after 1500.
ENDS_WITHIN = 1800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What is known of the own deployment so far: its `id` ("" where none was told) and marker.

    `seen` says whether a record of it was ever there, `seconds` how long ago it was taken, `fresh`
    whether the token was just renewed. `known` are the ids of those that were there before it, None
    where nobody told.
    """

    character: Character
    marker: str
    id: str = ""
    seen: bool = False
    seconds: float = 0.0
    fresh: bool = False
    known: frozenset[str] | None = frozenset()

    def after(self, verdict: PollVerdict, *, seconds: float) -> Watch:
        """Return what is known once a verdict was heard, `seconds` after the upload."""
        if not isinstance(verdict, Running):
            return replace(self, seconds=seconds)
        seen = self.seen or verdict.record is not None
        return replace(self, seen=seen, seconds=seconds, fresh=verdict.needs_token)


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """It is under way, or nothing speaks against that: ask again."""

    text: str
    record: DeploymentRecord | None = None
    needs_token: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedWell:
    """Its record says so; where only `partly`, the package lies there and a later step failed."""

    record: DeploymentRecord
    partly: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Its record says that it failed; what the app runs is what it ran."""

    code: str
    text: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Retryable:
    """It came to nothing for a reason that passes: it may be done over, at most twice."""

    code: str
    text: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Nobody can say any more how it ended: look in the list, then at the app itself."""

    text: str


PollVerdict = Running | EndedWell | Failed | Retryable | Unknown


def redeploy_after(verdict: PollVerdict, *, done_over: int) -> float | None:
    """Return the seconds after which a deployment is done over, None where it is not.

    `done_over` is how often it was already.
    """
    if isinstance(verdict, Retryable) and done_over < len(REDEPLOY_AFTER):
        return REDEPLOY_AFTER[done_over]
    return None


def judge_poll(watch: Watch, reply: Answer | NoAnswer) -> PollVerdict:
    """Return how the own deployment stands, by the reply to a question about it."""
    if isinstance(reply, NoAnswer):
        return Running(text=f"no answer: {reply.reason}")
    match reply.status:
        case 200 | 202:
            verdict = _judge_body(watch, reply)
        case 401 if watch.fresh:
            verdict = Unknown(text="the SCM site accepts the token no more (401)")
        case 401:
            verdict = Running(text="the token has expired (401)", needs_token=True)
        case 403:
            verdict = Unknown(text=forbidden(reply).text)
        case 404:
            verdict = _gone(watch, "the SCM site does not know the deployment (404)")
        case status:
            verdict = Running(text=f"the SCM site answered {status}")
    return verdict


def judge_record(watch: Watch, record: DeploymentRecord) -> PollVerdict:
    """Return how a deployment stands by its record, wherever that was found."""
    if not _is_own(watch, record):
        return Unknown(text=f"the newest deployment is another one ({_name(record)})")
    if record.status in UNDER_WAY:
        return Running(text=record.text or "under way", record=record)
    if record.status in {_SUCCESS, _PARTLY}:
        return EndedWell(record=record, partly=record.status == _PARTLY)
    if record.status in {_FAILED, _CANCELLED, _DROPPED}:
        return explain_failure(record)
    if record.complete or record.ended is not None:
        return Unknown(text=f"the deployment ended with a status that is new ({record.status})")
    return Running(text=f"status {record.status}", record=record)


def explain_failure(record: DeploymentRecord, log: str = "") -> Failed | Retryable:
    """Return why a deployment failed, by its record and what its log says of errors."""
    if record.status == _CANCELLED:
        return Failed(
            code="cancelled",
            text="the deployment was cancelled in Azure",
            remedy="Find out who cancelled it, and deploy again.",
        )
    if record.status == _DROPPED:
        return Retryable(
            code="busy",
            text="Azure dropped the deployment because another one was under way",
            remedy="Deploy again once the other one has ended.",
        )
    text = f'the deployment failed: "{record.text}"' if record.text else "the deployment failed"
    for reason in _REASONS:
        if reason.pattern.search(f"{record.text} {log}"):
            if reason.passes:
                return Retryable(code=reason.code, text=text, remedy=reason.remedy)
            return Failed(code=reason.code, text=text, remedy=reason.remedy)
    return Failed(
        code="deployment-failed",
        text=text,
        remedy="Its log says which step: lading logs --target … --deployment.",
    )


def _judge_body(watch: Watch, reply: Answer) -> PollVerdict:
    record = parse_record(parse_json(reply.body))
    if record is None:
        return _gone(watch, "the SCM site answered without a record")
    verdict = judge_record(watch, record)
    # While anything is under way, `latest` says so by 202, whatever stands in the body.
    is_settled = reply.status == _OK or watch.character == "publish"
    if is_settled or isinstance(verdict, Running):
        return verdict
    return Running(text=record.text or "under way", record=record)


def _gone(watch: Watch, why: str) -> PollVerdict:
    """Judge an answer without a record: not yet there, or forgotten with its instance."""
    if watch.seen:
        return Unknown(text=f"{why} any more: the instance that did the work may be gone")
    if watch.seconds < _START_GRACE:
        return Running(text=why)
    return Unknown(text=f"{why}, a minute after it was taken")


def _is_own(watch: Watch, record: DeploymentRecord) -> bool:
    """Tell the own record from another's; one that is temporary has no message yet."""
    if watch.marker in record.message or (watch.id and watch.id == record.id):
        return True
    if record.temporary or record.status in UNDER_WAY:
        return True
    if not record.id and watch.character == "publish":
        # It was asked for by its id.
        return True
    return is_lading(record) and watch.known is not None and record.id not in watch.known


def _name(record: DeploymentRecord) -> str:
    return one_line(record.message or record.deployer or record.id)[:60]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reason:
    """Words by which a failure is known, and what to do; some pass by themselves."""

    pattern: re.Pattern[str]
    code: str
    remedy: str
    passes: bool = False


_REASONS = (
    _Reason(
        pattern=re.compile(r"(?:scm|container|site) (?:\w+ )?restart", re.IGNORECASE),
        code="scm-restarted",
        remedy="Something changed the app's settings or plan during the deployment: deploy again "
        "when that has ended.",
        passes=True,
    ),
    _Reason(
        pattern=re.compile(r"WEBSITE_RUN_FROM_PACKAGE|FUNCTIONS_WORKER_RUNTIME"),
        code="forbidden-setting",
        remedy="Take the setting that it names out of the app: Flex Consumption does not have it.",
    ),
    _Reason(
        pattern=re.compile(r"key.based authentication is not permitted", re.IGNORECASE),
        code="storage-keys",
        remedy="The storage account takes no keys: let functionAppConfig.deployment.storage sign "
        "in with an identity.",
    ),
    _Reason(
        pattern=re.compile(
            r"\b403\b|AuthorizationPermissionMismatch|AuthorizationFailure|not authorized",
            re.IGNORECASE,
        ),
        code="storage-role",
        remedy="Give the identity that the app's package storage names the role Storage Blob Data "
        "Owner on the container, and let the app through the storage account's firewall. A new "
        "role takes some minutes.",
    ),
)
