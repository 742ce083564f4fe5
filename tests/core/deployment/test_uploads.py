"""Every failure of an upload that users of other tools have met, and what is done about it."""

from __future__ import annotations

import pytest

from lading.core.access.asked import Answer
from lading.core.deployment.reactions import Accepted, Again, Look, NoAnswer, Refused
from lading.core.deployment.uploads import judge_upload
from lading.core.hosting import Character
from tests.replies import assert_told, reply

ZIP: Character = "zip-deploy"
FLEX: Character = "publish"
UNAVAILABLE = "<html><head><title>Site Unavailable</title></head><body>503</body></html>"
STOPPED = "<html><title>Unavailable</title><h1>Error 403 - This web app is stopped.</h1></html>"
UNDER_WAY = reply(409, "There is a deployment currently in progress.")
OTHER_LOCK = reply(409, "The operation conflicts with the pending deployment started at 12:00")
REMOTE = reply(409, "Run-From-Zip is set to a remote URL using WEBSITE_RUN_FROM_PACKAGE")
FOR_SWAP = reply(409, "Its configuration settings have been prepared for swap.")
EXCESSIVE = reply(406, "Excessive SCM Site operation requests. Retry after 5 seconds")
CLOSED = reply(403, "", reason="Ip Forbidden")
BLOCKED = reply(403, "The web app you have attempted to reach has blocked your access.")
SIGN_IN = reply(302, "", location="https://login.test/")
NO_NAME = NoAnswer(reason="name not known")
CUT = NoAnswer(reason="reset by peer", sent=True)


@pytest.mark.parametrize(
    ("character", "told", "expected", "words"),
    [
        (ZIP, reply(202, location="https://scm/api/x"), Accepted, "scm/api/x … finished=False"),
        (ZIP, reply(200), Accepted, "finished=True"),
        (FLEX, reply(202, '"3f39-44"'), Accepted, "id='3f39-44' … finished=False"),
        (FLEX, reply(202, "3f39-44"), Accepted, "id='3f39-44'"),
        (FLEX, reply(202, {"id": "3f39-44"}), Accepted, "id='3f39-44'"),
        (FLEX, reply(202, "", scm_deployment_id="3f39-44"), Accepted, "id='3f39-44'"),
        (FLEX, reply(202, "<html>"), Accepted, "id='' … finished=False"),
        (FLEX, reply(200), Accepted, "finished=True"),
        (ZIP, UNDER_WAY, Again, "another deployment … 25 minutes … free-scm … at_most=2"),
        (ZIP, OTHER_LOCK, Again, "another deployment … free-scm"),
        (ZIP, reply(409, "Auto swap is ongoing"), Again, "free-scm"),
        (FLEX, reply(409), Again, "free-scm"),
        (ZIP, REMOTE, Refused, "package-url … WEBSITE_RUN_FROM_PACKAGE=1"),
        (ZIP, FOR_SWAP, Refused, "swap-pending … resetSlotConfig"),
        (ZIP, reply(404, "Not Found"), Refused, "as on Flex Consumption"),
        (FLEX, reply(404), Again, "functionAppConfig … ready-scm … at_most=2"),
        (FLEX, reply(503, UNAVAILABLE), Look, "Site Unavailable … again=2"),
        (ZIP, reply(502), Look, "502 … again=2"),
        (ZIP, reply(500, "Object reference not set"), Look, "Object reference … again=1"),
        (ZIP, reply(504), Look, "gave up … again=0"),
        (ZIP, EXCESSIVE, Again, "left alone … ready-scm"),
        (ZIP, reply(406, "", retry_after="1"), Again, "wait=5.0"),
        (ZIP, reply(429, "", retry_after="30"), Again, "wait=30.0"),
        (ZIP, reply(408), Again, "left alone"),
        (ZIP, reply(401), Again, "Website Contributor … fresh-token … at_most=2"),
        (ZIP, CLOSED, Refused, "scm-closed … packages ="),
        (ZIP, BLOCKED, Refused, "scm-closed … packages ="),
        (FLEX, reply(403, "Ip Forbidden"), Refused, "scm-closed"),
        (ZIP, reply(403, STOPPED), Refused, "stopped … az functionapp start"),
        (ZIP, reply(403, "Forbidden"), Refused, "no-right … Website Contributor"),
        (FLEX, reply(415, "application/zip is required"), Refused, "is required"),
        (FLEX, reply(400, "The package is bad"), Refused, "The package is bad"),
        (ZIP, reply(413), Refused, "too-large"),
        (ZIP, SIGN_IN, Refused, "leads elsewhere"),
        (ZIP, reply(204), Look, "204 … again=0"),
        (ZIP, NO_NAME, Again, "scm-unreachable … private endpoint … ready-scm"),
        (ZIP, CUT, Look, "reset by peer … again=1"),
    ],
)
def test_a_reply_to_an_upload_is_judged(
    character: Character, told: Answer | NoAnswer, expected: type, words: str
) -> None:
    reaction = judge_upload(character, told)
    assert isinstance(reaction, expected), reaction
    assert_told(reaction, words)


def test_a_signed_url_in_a_reply_is_shown_without_its_signature() -> None:
    refused = judge_upload(ZIP, reply(400, "no https://a.test/c/p.zip?sv=1&sig=hunter2 there"))
    assert "p.zip?*** there" in str(refused)
