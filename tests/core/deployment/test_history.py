"""What the deployments of a site say of what runs there, and what they leave open."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from lading.core.deployment.history import (
    History,
    advise,
    history_of,
    release_evidence,
    tell_ways,
    what_runs,
)
from lading.core.deployment.reactions import Refused
from lading.core.deployment.scm_records import DeploymentRecord, marker_of
from lading.core.hosting import CONTAINER_APPS, FLEX_CONSUMPTION
from tests.deployments import NEW, OLD, PACKAGE, site_state

NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)
WELL = replace(site_state(), runs=NEW)
UNTOLD = replace(site_state(FLEX_CONSUMPTION), runs="")


def record(status: int, content: str = "", *, minutes: int = 5, by: str = "") -> DeploymentRecord:
    message = marker_of(content, "00000001") if content else ""
    time = NOW - dt.timedelta(minutes=minutes)
    return DeploymentRecord(
        id="0123456789", status=status, message=message, deployer=by, received=time, ended=time
    )


def history(*records: DeploymentRecord) -> History:
    return history_of(records, origin="SCM")


def test_the_newest_is_the_one_that_came_last_in_whichever_order_they_are_listed() -> None:
    old, new = record(4, OLD, minutes=60), record(4, NEW)
    assert history(old, new).newest == new
    assert history(replace(new, received=None), old).newest == old
    assert history().newest is None


def test_where_nobody_else_says_what_runs_the_record_does() -> None:
    assert what_runs(UNTOLD, history(record(3, OLD), record(4, NEW, minutes=9))) == NEW[:12]
    assert what_runs(WELL, history(record(4, OLD))) == NEW
    assert what_runs(UNTOLD, history(record(4, by="az_cli"))) == ""


def test_each_piece_says_whether_it_is_this_package() -> None:
    found = release_evidence(WELL, history(record(4, NEW)), PACKAGE)
    assert [(one.kind, one.says) for one in found] == [
        ("label", "new"),
        ("deployment", "new"),
        ("functions", "new"),
    ]
    older = release_evidence(replace(WELL, runs=OLD), history(record(4, OLD)), PACKAGE)
    assert [one.says for one in older] == ["other", "other", "new"]
    answered = release_evidence(replace(UNTOLD, runs=NEW), history(), PACKAGE)
    assert (answered[0].kind, answered[0].origin) == ("answer", "the app")


def test_without_a_package_here_it_says_what_there_is() -> None:
    found = release_evidence(WELL, history(record(4, by="az_cli")), None)
    assert [one.says for one in found] == ["nothing", "nothing"]
    assert "that of az_cli, which does not say what it brought" in found[1].text
    (answer,) = release_evidence(replace(UNTOLD, runs=NEW), history(), None)
    assert answer.origin == "the app"


@pytest.mark.parametrize(
    ("newest", "words"),
    [
        (record(2, NEW), "lading's of bbbbbbbbbbbb) is under way since 2026-03-01 11:55 UTC"),
        (record(0, by="az_cli", minutes=40), "longer than Azure lets one take: deploy again"),
        (replace(record(3, NEW), text="SCM container restart"), "deploy again"),
        (record(-1), "was cancelled in Azure"),
    ],
)
def test_what_is_left_open_is_explained(newest: DeploymentRecord, words: str) -> None:
    (told,) = advise(WELL, history(newest), now=NOW)
    assert words in told


def test_what_somebody_says_of_a_deployment_without_a_record_is_told() -> None:
    (told,) = advise(replace(WELL, deploying=True), history(), now=NOW)
    assert "under way" in told
    assert tuple(advise(WELL, history(record(4, NEW)), now=NOW)) == ()


def test_another_content_than_that_of_the_newest_deployment_is_told() -> None:
    (told,) = advise(replace(WELL, runs=OLD), history(record(4, NEW)), now=NOW)
    assert "bbbbbbbbbbbb, and aaaaaaaaaaaa runs" in told


def test_ways_that_are_closed_are_told() -> None:
    closed = Refused(code="scm-closed", text="the SCM site lets nobody in", remedy="")
    place = replace(WELL, closed=closed, host_closed=True, settings=None)
    assert len(list(tell_ways(place))) == 3
    assert "Resource Manager alone" in next(tell_ways(place))
    assert "does not deploy to it" in next(tell_ways(site_state(CONTAINER_APPS)))
