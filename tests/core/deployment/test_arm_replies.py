"""Every reply of Resource Manager that users of other tools have met, and what is done about it."""

from __future__ import annotations

import pytest

from lading.core.access.asked import Answer
from lading.core.deployment.arm_replies import (
    Operation,
    judge_arm,
    judge_operation,
    parse_arm_error,
)
from lading.core.deployment.reactions import Accepted, Again, Look, NoAnswer, Refused
from tests.replies import assert_told, reply

NOT_UP = {
    "Code": "BadRequest",
    "Message": "Encountered an error (ServiceUnavailable) from host runtime.",
    "Details": [{"Message": "x"}, {"Code": "BadRequest"}, {"ErrorEntity": {}}],
    "Innererror": None,
}
NOT_ON_FLEX = {
    "Code": "BadRequest",
    "Message": "Site.SiteConfig.AppSettings.App:Mode is invalid. The property is not supported "
    "for Flex Consumption sites.",
}
BUSY = {
    "Code": "Conflict",
    "Message": "Cannot modify this site because another operation is in progress.",
    "Details": [{"ErrorEntity": {"ExtendedCode": "59203"}}],
}
BY_CODE = {"Message": "No.", "ExtendedCode": "59205"}
NO_RIGHT = {
    "error": {
        "code": "AuthorizationFailed",
        "message": "The client 'x' does not have authorization to perform action "
        "'Microsoft.Web/sites/config/list/action' over scope '/subscriptions/s'",
    }
}
GONE = {"error": {"code": "ResourceNotFound", "message": "was not found"}}
SWAP = {"Message": "Configuration settings have been prepared for swap."}
NO_PREVIEW = {"Message": "Swap with Preview cannot be used."}
CUT = NoAnswer(reason="cut", sent=True)


@pytest.mark.parametrize(
    ("operation", "told", "expected", "words"),
    [
        ("sync", reply(200), Accepted, "finished=True"),
        ("sync", reply(204), Accepted, "finished=True"),
        ("swap", reply(202, location="https://arm/op"), Accepted, "arm/op … finished=False"),
        ("sync", reply(400, NOT_UP), Again, "host-not-ready … patience=240"),
        ("write-settings", reply(400, NOT_ON_FLEX), Refused, "App:Mode … App__Mode"),
        ("write-settings", reply(409, BUSY), Again, "arm-busy … patience=300"),
        ("write-settings", reply(409, BY_CODE), Again, "arm-busy"),
        ("swap", reply(429, BUSY, retry_after="20"), Again, "wait=20.0"),
        ("write-settings", reply(409, SWAP), Refused, "swap-pending … resetSlotConfig"),
        ("swap", reply(409, NO_PREVIEW), Refused, "Swap with Preview cannot be used."),
        ("read", reply(403, NO_RIGHT), Refused, "no-right … sites/config/list/action"),
        ("read", reply(404, GONE), Refused, "not-there … was not found"),
        ("read", reply(401), Again, "fresh-token … at_most=1"),
        ("onedeploy", reply(400, {"Message": "packageUri is bad"}), Refused, "packageUri is bad"),
        ("read", reply(429), Again, "arm-throttled … no more requests for now (429)"),
        # Only what does the same a second time is asked again without a look.
        ("read", reply(503), Again, "arm-unreachable"),
        ("write-settings", CUT, Again, "cut"),
        ("swap", reply(500), Look, "swap … again=0"),
        ("swap", CUT, Look, "cut"),
        ("onedeploy", reply(502), Look, "502"),
        ("restart", CUT, Look, "restart"),
        ("swap", NoAnswer(reason="no route"), Again, "no route"),
    ],
)
def test_a_reply_of_resource_manager_is_judged(
    operation: Operation, told: Answer | NoAnswer, expected: type, words: str
) -> None:
    reaction = judge_arm(operation, told)
    assert isinstance(reaction, expected), reaction
    assert_told(reaction, words)


def test_an_error_is_read_in_both_shapes() -> None:
    assert parse_arm_error('{"error": {"code": "A", "message": "b"}}').code == "A"
    found = parse_arm_error('{"Code": "A", "Message": "b", "ExtendedCode": "59205"}')
    assert (found.code, found.message, found.extended) == ("A", "b", frozenset({"59205"}))
    assert parse_arm_error("<html>").message == ""


def test_a_signed_url_in_an_error_is_shown_without_its_signature() -> None:
    told = {"Message": "cannot get https://a.test/c/p.zip?sig=hunter2"}
    assert "hunter2" not in repr(judge_arm("onedeploy", reply(400, told)))


@pytest.mark.parametrize("status", [202, 401, 408, 429, 502, 503, 504])
def test_how_something_stands_is_asked_again(status: int) -> None:
    assert isinstance(judge_operation(Answer(status=status)), Again)


@pytest.mark.parametrize(
    ("status", "means"),
    [(200, Accepted), (204, Accepted), (404, Look), (500, Look), (409, Refused)],
)
def test_how_something_has_ended(status: int, means: type) -> None:
    assert isinstance(judge_operation(Answer(status=status)), means)
