"""Every way in which other tools misread a deployment's end, and the verdict that is true."""

from __future__ import annotations

import pytest

from lading.core.access.asked import Answer
from lading.core.deployment.reactions import NoAnswer
from lading.core.deployment.scm_records import parse_log, parse_record
from lading.core.deployment.scm_verdicts import (
    EndedWell,
    Failed,
    Retryable,
    Running,
    Unknown,
    Watch,
    explain_failure,
    judge_poll,
    redeploy_after,
)
from tests.replies import assert_told, reply

MARKER = "lading 0123456789ab 01234567"
ANOTHER = "lading aaaaaaaaaaaa bbbbbbbb"
SEEN = Watch(character="publish", marker=MARKER, id="3f39-44", seen=True, seconds=70)
YOUNG = Watch(character="publish", marker=MARKER, id="3f39-44", seconds=5)
OLD = Watch(character="publish", marker=MARKER, id="3f39-44", seconds=70)
RENEWED = Watch(character="publish", marker=MARKER, seen=True, fresh=True)
LATEST = Watch(character="zip-deploy", marker=MARKER, seen=True, seconds=9)
UNAVAILABLE = "<html><head><title>Site Unavailable</title></head><body>503</body></html>"
RESTARTED = "Deployment has been stopped due to SCM container restart. Do not mix them."
NO_ROLE = "UploadPackageStep failed: 403 AuthorizationPermissionMismatch"
NO_KEYS = "Key based authentication is not permitted on this storage account."
NO_SETTING = "WEBSITE_RUN_FROM_PACKAGE is not supported"


def record(status: int, text: str = "", **more: object) -> dict[str, object]:
    return {
        "id": "3f39-44",
        "status": status,
        "status_text": text,
        "complete": status in {3, 4},
        "message": MARKER,
        "deployer": "lading",
        **more,
    }


TEMPORARY = record(0, id="temp-1", is_temp=True, message="Deploying from pushed zip file")
PERSONS = record(4, message="hotfix", deployer="az_cli", id="9")
OTHER_RUNS = record(4, message=ANOTHER, id="9")
OTHERS_FAILURE = record(3, message="x", deployer="VSTS", id="9")


@pytest.mark.parametrize(
    ("watch", "told", "expected", "words"),
    [
        (SEEN, reply(200, record(0)), Running, ""),
        (SEEN, reply(202, record(1)), Running, ""),
        (SEEN, reply(200, record(2, "UploadPackageStep")), Running, "UploadPackageStep"),
        (SEEN, reply(200, record(4)), EndedWell, "partly=False"),
        (SEEN, reply(202, record(4)), EndedWell, ""),
        (SEEN, reply(200, record(4, id="", message="", deployer="x")), EndedWell, ""),
        (SEEN, reply(200, record(6)), EndedWell, "partly=True"),
        (SEEN, reply(200, record(3, "boom")), Failed, 'the deployment failed: "boom"'),
        (SEEN, reply(200, record(-1)), Failed, "cancelled"),
        (SEEN, reply(200, record(5)), Retryable, "busy … another one was under way"),
        (SEEN, reply(200, record(9, complete=True)), Unknown, "new (9)"),
        (SEEN, reply(200, record(9)), Running, ""),
        (SEEN, reply(200, record(3, NO_ROLE)), Failed, "storage-role … Storage Blob Data Owner"),
        (SEEN, reply(200, record(3, NO_KEYS)), Failed, "storage-keys … with an identity"),
        (SEEN, reply(200, record(3, NO_SETTING)), Failed, "forbidden-setting"),
        (LATEST, reply(200, record(3, RESTARTED)), Retryable, "scm-restarted"),
        # The instance that does the work is young, or gone.
        (YOUNG, reply(404, "Deployment not found"), Running, "404"),
        (YOUNG, reply(200, "{}"), Running, "without a record"),
        (OLD, reply(404), Unknown, "a minute after"),
        (SEEN, reply(404), Unknown, "the instance that did the work may be gone"),
        (SEEN, reply(200, "{}"), Unknown, "may be gone"),
        (SEEN, reply(200, "<html>"), Unknown, "without a record"),
        # What is not about the deployment says nothing of it.
        (SEEN, reply(503, UNAVAILABLE), Running, "503"),
        (SEEN, reply(504), Running, "504"),
        (SEEN, reply(429), Running, "429"),
        (SEEN, NoAnswer(reason="refused"), Running, "refused"),
        (SEEN, reply(401), Running, "needs_token=True"),
        (RENEWED, reply(401), Unknown, "no more"),
        (SEEN, reply(403, "Ip Forbidden"), Unknown, "closed"),
        # App Service forces what it says while anything is under way.
        (LATEST, reply(202, TEMPORARY), Running, ""),
        (LATEST, reply(200, TEMPORARY), Running, ""),
        (LATEST, reply(202, record(0, complete=True)), Running, ""),
        (LATEST, reply(202, record(4)), Running, ""),
        (LATEST, reply(200, record(4)), EndedWell, ""),
        # The latest deployment may be another one, and neither its success nor its failure is ours.
        (LATEST, reply(200, PERSONS), Unknown, "another one (hotfix)"),
        (LATEST, reply(200, OTHER_RUNS), Unknown, f"another one ({ANOTHER})"),
        (LATEST, reply(200, OTHERS_FAILURE), Unknown, "another one"),
        (LATEST, reply(200, record(4, message="", id="9")), EndedWell, ""),
    ],
)
def test_an_answer_about_a_deployment_is_judged(
    watch: Watch, told: Answer | NoAnswer, expected: type, words: str
) -> None:
    verdict = judge_poll(watch, told)
    assert isinstance(verdict, expected), verdict
    assert_told(verdict, words)


def test_a_deployment_that_a_restart_ended_is_done_over_twice_at_the_most() -> None:
    killed = judge_poll(LATEST, reply(200, record(3, RESTARTED)))
    assert [redeploy_after(killed, done_over=times) for times in range(3)] == [5.0, 10.0, None]
    failed = judge_poll(LATEST, reply(200, record(3)))
    assert redeploy_after(failed, done_over=0) is None


def test_a_log_says_why_where_the_record_does_not() -> None:
    failed = parse_record(record(3))
    assert failed is not None
    assert_told(explain_failure(failed, NO_ROLE), "storage-role")
    assert_told(explain_failure(failed), "deployment-failed … --deployment")


def test_a_signed_url_in_a_record_is_shown_without_its_signature() -> None:
    verdict = judge_poll(SEEN, reply(200, record(3, "no https://a.test/c/p.zip?sig=hunter2")))
    assert_told(verdict, "p.zip?***")
    assert "hunter2" not in repr(verdict)


@pytest.mark.parametrize("body", ["", "Not found", "[1]", "{}", "[{}]", "<html>"])
def test_a_log_that_is_missing_fails_nothing(body: str) -> None:
    assert parse_log(body) == ()


def test_a_log_has_lines_with_levels() -> None:
    lines = parse_log('[{"message": "m", "type": 2, "details_url": "u"}, {"message": "n"}]')
    assert [(line.text, line.level, line.details) for line in lines] == [
        ("m", "error", "u"),
        ("n", "message", ""),
    ]
