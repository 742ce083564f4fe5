"""Every reply has exactly one meaning, whatever it holds, and none becomes a success by itself."""

from __future__ import annotations

import datetime as dt
import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.core.access.asked import Answer
from lading.core.deployment.arm_replies import Operation, judge_arm
from lading.core.deployment.reactions import (
    Accepted,
    Again,
    Look,
    NoAnswer,
    Refused,
    after_look,
    give_up,
    wait_of,
)
from lading.core.deployment.readiness import (
    Probe,
    is_deploying,
    is_settled,
    judge_ready,
    sees_settings,
)
from lading.core.deployment.scm_records import (
    listed_of,
    marker_of,
    parse_record,
    parse_records,
)
from lading.core.deployment.scm_verdicts import (
    EndedWell,
    Failed,
    PollVerdict,
    Retryable,
    Running,
    Unknown,
    Watch,
    judge_poll,
)
from lading.core.deployment.uploads import judge_upload
from lading.core.hosting import ELASTIC_PREMIUM, FLEX_CONSUMPTION, Character
from tests.replies import reply

MARKER = marker_of("0123456789abcdef" * 4, "01234567")

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
records = st.fixed_dictionaries(
    {"status": st.integers(-2, 9) | json_values},
    optional={
        "id": st.text(max_size=8) | json_values,
        "complete": st.booleans(),
        "is_temp": st.booleans(),
        "message": st.sampled_from((MARKER, "", "hotfix")),
        "deployer": st.sampled_from(("lading", "az_cli")),
        "status_text": st.text(max_size=30),
    },
)
bodies = st.text(max_size=60) | (records | json_values).map(json.dumps)
answers = st.builds(
    Answer,
    status=st.integers(100, 599),
    body=bodies,
    reason=st.text(max_size=20),
    headers=st.dictionaries(
        st.sampled_from(("location", "retry-after", "scm-deployment-id")), st.text(max_size=12)
    ),
)
replies = answers | st.builds(NoAnswer, reason=st.text(max_size=10), sent=st.booleans())
characters = st.sampled_from(get_args(Character))
watches = st.builds(
    Watch,
    character=characters,
    marker=st.just(MARKER),
    id=st.sampled_from(("", "a")),
    seen=st.booleans(),
    seconds=st.floats(0, 600),
    fresh=st.booleans(),
)


@given(characters, replies)
def test_every_reply_to_an_upload_has_one_reaction(
    character: Character, reply: Answer | NoAnswer
) -> None:
    reaction = judge_upload(character, reply)
    kinds = [isinstance(reaction, kind) for kind in (Accepted, Again, Look, Refused)]
    assert kinds.count(True) == 1
    if isinstance(reaction, Accepted):
        assert isinstance(reply, Answer)
        assert reply.status in {200, 202}
    if isinstance(reaction, Again):
        assert 0 <= reaction.wait <= 120
        assert 1 <= reaction.at_most <= 40
        assert give_up(reaction).remedy


@given(st.sampled_from(get_args(Operation)), replies)
def test_every_reply_of_resource_manager_has_one_reaction(
    operation: Operation, reply: Answer | NoAnswer
) -> None:
    reaction = judge_arm(operation, reply)
    if isinstance(reaction, Accepted):
        assert isinstance(reply, Answer)
        assert 200 <= reply.status < 300
    if operation in {"swap", "restart", "onedeploy"} and isinstance(reaction, Again):
        # What is asked again must be known not to have been done.
        sent_in_vain = isinstance(reply, Answer) and reply.status < 500
        assert sent_in_vain or (isinstance(reply, NoAnswer) and not reply.sent)


@given(watches, replies)
def test_every_answer_about_a_deployment_has_one_verdict(
    watch: Watch, reply: Answer | NoAnswer
) -> None:
    verdict: PollVerdict = judge_poll(watch, reply)
    kinds = (Running, EndedWell, Failed, Retryable, Unknown)
    assert [isinstance(verdict, kind) for kind in kinds].count(True) == 1
    if isinstance(verdict, EndedWell):
        # A success needs a record that says so, and that is not another one's.
        assert isinstance(reply, Answer)
        document = json.loads(reply.body)
        inner = document if "status" in document else document["properties"]
        assert int(inner["status"]) in {4, 6}
        assert reply.status in {200, 202}


def test_what_is_known_of_a_deployment_grows_with_its_answers() -> None:
    watch = Watch(character="publish", marker=MARKER, id="a")
    running = judge_poll(watch, Answer(status=200, body='{"id": "a", "status": 1}'))
    assert watch.after(running, seconds=3.0).seen
    expired = judge_poll(watch, Answer(status=401))
    assert watch.after(expired, seconds=3.0).fresh
    nothing = judge_poll(watch, Answer(status=404))
    assert not watch.after(nothing, seconds=3.0).seen


def test_a_record_is_read_as_both_services_and_resource_manager_write_it() -> None:
    found = parse_record(
        {
            "id": "temp-1",
            "status": "2",
            "progress": "Copying",
            "received_time": "2026-03-01T10:00:00.1234567Z",
            "end_time": None,
        }
    )
    assert found is not None
    assert (found.status, found.text, found.temporary) == (2, "Copying", True)
    assert found.received == dt.datetime(2026, 3, 1, 10, 0, 0, 123456, tzinfo=dt.UTC)
    assert found.ended is None
    wrapped = parse_record({"name": "n", "properties": {"status": 4, "end_time": "2026-03-01"}})
    assert wrapped is not None
    assert (wrapped.id, wrapped.status) == ("n", 4)
    assert wrapped.ended == dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def test_the_own_deployment_is_found_in_a_list_by_its_marker_or_its_id() -> None:
    listed = listed_of(
        reply(
            200,
            [
                {"id": "a", "status": 4, "message": "hotfix"},
                {"id": "b", "status": 4, "message": f'{{"x": "{MARKER}"}}'},
                {},
            ],
        )
    )
    first, second = listed.records
    assert listed.find(MARKER) == second
    assert listed.find("lading x", known="a") == first
    assert listed.find("lading x") is None
    assert parse_records({"value": [{"properties": {"status": 4}}]})[0].status == 4
    assert parse_records("text") == ()


NOON = "Sat, 21 Nov 2026 12:00:00 GMT"


def test_what_began_since_an_earlier_list_is_told_by_ids_and_by_azures_own_clock() -> None:
    earlier = listed_of(reply(200, [{"id": "a", "status": 4}], date=NOON))
    later = listed_of(
        reply(
            200,
            [
                {"id": "new", "status": 0, "received_time": "2026-11-21T12:00:05Z"},
                {"id": "temp-1", "status": 0, "is_temp": True},
                {"id": "old", "status": 4, "received_time": "2026-11-20T08:00:00Z"},
                {"id": "a", "status": 4},
            ],
        )
    )
    assert [record.id for record in later.since(earlier)] == ["new"]


@pytest.mark.parametrize(
    ("received", "date", "is_busy"),
    [
        ("2026-11-21T11:59:00Z", NOON, True),
        ("2026-11-21T11:30:00Z", NOON, False),
        ("2026-11-21T11:30:00Z", "", True),
        ("", NOON, True),
    ],
)
def test_a_deployment_that_was_left_behind_keeps_nobody_from_deploying(
    received: str, date: str, *, is_busy: bool
) -> None:
    row = {"id": "a", "status": 1, "received_time": received}
    assert listed_of(reply(200, [row], date=date)).is_any_under_way is is_busy


@pytest.mark.parametrize(
    ("told", "seconds"), [("30", 30), ("0", 1), ("9999999", 120), ("soon", 7), ("", 7), ("-1", 7)]
)
def test_a_server_is_left_alone_for_as_long_as_it_says_within_reason(
    told: str, seconds: float
) -> None:
    assert wait_of({"retry-after": told}, 7.0) == seconds


def test_what_may_have_been_taken_is_sent_again_only_where_nothing_came_of_it() -> None:
    look = Look(text="503", again=1)
    assert after_look(look, found=True, asked=0) == "taken"
    assert after_look(look, found=False, asked=0) == "again"
    assert after_look(look, found=False, asked=1) == "unknown"
    assert after_look(Look(text="504"), found=False, asked=0) == "unknown"


@pytest.mark.parametrize(
    ("status", "expected"), [(200, "ready"), (304, "ready"), (503, "not yet"), (404, "not yet")]
)
def test_a_site_that_comes_up_is_not_ready_yet(status: int, expected: str) -> None:
    assert judge_ready(Answer(status=status)) == expected
    assert judge_ready(NoAnswer(reason="refused")) == "not yet"


@pytest.mark.parametrize("status", [401, 403, 302])
def test_a_site_that_refuses_will_not_be_ready(status: int) -> None:
    assert isinstance(judge_ready(Answer(status=status)), Refused)


def test_one_good_answer_may_be_the_old_instance() -> None:
    def probes(*seen: tuple[float, bool, bool]) -> list[Probe]:
        return [Probe(seconds=at, ready=ready, sees=sees) for at, ready, sees in seen]

    assert not is_settled([])
    assert not is_settled(probes((0, True, True)))
    assert is_settled(probes((0, True, True), (6, True, True)))
    assert not is_settled(probes((0, True, True), (6, False, False), (8, True, True)))
    assert not is_settled(probes((0, True, False), (6, True, True)))
    assert is_settled(probes((0, True, False), (6, True, True), (12, True, True)))


def test_a_site_sees_its_settings_once_they_are_the_new_ones() -> None:
    switches = ELASTIC_PREMIUM.switches
    new = '{"WEBSITE_RUN_FROM_PACKAGE": "1", "SCM_DO_BUILD_DURING_DEPLOYMENT": "false"}'
    assert sees_settings(new, switches)
    assert not sees_settings('{"WEBSITE_RUN_FROM_PACKAGE": "1"}', switches)
    assert not sees_settings("<html>", FLEX_CONSUMPTION.switches)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"value": "True", "msg": ""}', True),
        ('{"value": "False"}', False),
        ('{"value": true}', True),
        ("", None),
        ("{}", None),
    ],
)
def test_a_site_says_whether_it_is_busy(body: str, expected: bool | None) -> None:  # noqa: FBT001
    assert is_deploying(body) is expected
