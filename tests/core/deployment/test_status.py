"""A status tells what runs, on what evidence, and what is not as it should be."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import pytest

from lading.core.deployment.evidence import label_evidence
from lading.core.deployment.scm_records import DeploymentRecord
from lading.core.deployment.state import (
    HostStatus,
    ListedFunction,
    SiteState,
    parse_functions,
    parse_host_status,
)
from lading.core.deployment.status import Expected, Status, Unread, find_drifts
from lading.core.deployment.status_report import (
    render_status_text,
    render_statuses_json,
    render_statuses_text,
)
from lading.core.errors import DeploymentFailed
from lading.core.settings import DesiredSettings
from lading.core.verification import Label
from tests.deployments import (
    NEW,
    OLD,
    ON_APP_SERVICE,
    PACKAGE,
    TARGET,
    TODAY,
    app,
    files,
    site_state,
)

AT = dt.datetime(2026, 3, 1, 10, 0, tzinfo=dt.UTC)
LISTED = tuple(ListedFunction(name=name) for name in PACKAGE.functions)
WELL = replace(site_state(), runs=NEW, functions=LISTED)
EXPECTED = Expected(settings=DesiredSettings(), package=PACKAGE)


def drifts(place: SiteState, expected: Expected = EXPECTED) -> list[tuple[str, str]]:
    return [(one.kind, one.subject) for one in find_drifts(place, expected, today=TODAY)]


def test_where_everything_is_as_it_should_be_nothing_has_drifted() -> None:
    assert drifts(WELL) == []


def test_each_drift_is_told_with_its_subject() -> None:
    settings = app(**ON_APP_SERVICE, MODE="hunter2", GONE="x", LADING_SETTINGS="GONE,MODE")
    wanted = replace(EXPECTED, settings=files(MODE="b", LEVEL="c"))
    assert drifts(replace(WELL, settings=settings), wanted) == [
        ("settings", "LEVEL"),
        ("settings", "MODE"),
        ("settings", "GONE"),
    ]
    assert drifts(replace(WELL, runs=OLD)) == [("content", OLD[:12])]
    assert drifts(replace(WELL, functions=LISTED[:1])) == [("functions", "check_prices")]
    assert drifts(replace(WELL, site=replace(WELL.site, python="3.12"))) == [("python", "3.12")]
    ill = HostStatus(state="Error", errors=("no storage",))
    assert drifts(replace(WELL, host=ill)) == [("health", "Error")]
    assert drifts(replace(WELL, site=replace(WELL.site, state="Stopped"))) == [
        ("health", "Stopped")
    ]
    pending = replace(WELL.site, swap_target="production")
    assert drifts(replace(WELL, site=pending)) == [("health", "production")]


def test_without_a_package_here_only_the_rest_is_compared() -> None:
    assert drifts(replace(WELL, runs=OLD, functions=()), replace(EXPECTED, package=None)) == []
    assert drifts(replace(WELL, settings=None)) == []


@pytest.mark.parametrize(
    ("url", "is_told"),
    [
        ("https://x.test/p.zip?sv=1&se=2026-04-01T00%3A00%3A00Z&sig=hunter2", True),
        ("https://x.test/p.zip?sv=1&se=2026-02-01&sig=hunter2", True),
        ("https://x.test/p.zip?sv=1&se=2036-01-01T00:00:00Z&sig=hunter2", False),
        ("https://x.test/p.zip?se=soon", False),
        ("https://[x.test/p.zip?se=2026-04-01", False),
    ],
)
def test_a_package_whose_url_expires_is_told_in_time(
    url: str,
    is_told: bool,  # noqa: FBT001
) -> None:
    settings = app(**ON_APP_SERVICE | {"WEBSITE_RUN_FROM_PACKAGE": url})
    found = find_drifts(replace(WELL, settings=settings), EXPECTED, today=TODAY)
    assert ("package-url" in {one.kind for one in found}) == is_told
    assert "hunter2" not in repr(found)


def status(place: SiteState, *advice: str) -> Status:
    label = Label(content_sha256=NEW, python="3.13")
    return Status(
        target=TARGET,
        place=place,
        at=AT,
        evidence=(label_evidence(label, PACKAGE, before=OLD),),
        drifts=find_drifts(place, EXPECTED, today=TODAY),
        latest=DeploymentRecord(
            id="3f", status=4, deployer="lading", message="lading bb 01", received=AT
        ),
        runs=place.runs,
        advice=advice,
    )


def test_the_text_is_what_a_person_wants_to_know() -> None:
    assert render_status_text(status(replace(WELL, runs=OLD))).splitlines() == [
        "orders-prod: Elastic Premium, Python 3.13, Running",
        "  runs       aaaaaaaaaaaa",
        "             lading.json there says bbbbbbbbbbbb (SCM)",
        '  deployed   ended well on 2026-03-01 at 10:00 UTC by lading "lading bb 01"',
        "  host       Running since 86400 s",
        "  function   get_price",
        "  function   check_prices",
        "  drift      it runs aaaaaaaaaaaa, and dist/orders.zip is bbbbbbbbbbbb",
    ]
    assert render_status_text(status(WELL)).endswith("no drift")
    silent = replace(WELL, runs="", host=None)
    assert "nobody can say" in render_status_text(status(silent))


def test_the_document_keeps_its_fields() -> None:
    document = json.loads(render_statuses_json([status(WELL)]))
    assert document["schema"] == "lading/status/1"
    (target,) = document["targets"]
    assert set(target) == {
        *("target", "function_app", "slot", "at", "plan", "python", "state", "runs"),
        *("evidence", "drifts", "functions", "host", "latest", "advice", "notes"),
    }
    assert target["latest"] == {
        "id": "3f",
        "state": "ended well",
        "message": "lading bb 01",
        "deployer": "lading",
        "received": "2026-03-01T10:00:00+00:00",
    }


def test_several_are_one_table_and_what_is_worth_a_look() -> None:
    unread = Unread(
        target=replace(TARGET, name="lost", function_app="lost", slot="staging"),
        error=DeploymentFailed("there is no lost", remedy="Create it."),
    )
    found = (status(WELL), status(replace(WELL, runs=OLD), "deploy again"), unread)
    assert render_statuses_text(found).splitlines() == [
        "target  place               plan             python  package       host     drift",
        "prod    orders-prod         Elastic Premium  3.13    bbbbbbbbbbbb  Running  none",
        "prod    orders-prod         Elastic Premium  3.13    aaaaaaaaaaaa  Running  content",
        "lost    lost, slot staging  ?                ?       ?             ?        not read",
        "orders-prod:",
        "  it runs aaaaaaaaaaaa, and dist/orders.zip is bbbbbbbbbbbb",
        "  deploy again",
        "lost, slot staging: there is no lost",
        "  → Create it.",
    ]
    document = json.loads(render_statuses_json(found))
    assert document["exit_code"] == 7
    assert document["targets"][2]["error"]["message"] == "there is no lost"


def test_functions_and_host_are_read_as_azure_tells_them() -> None:
    page = {
        "value": [
            {"name": "orders/a", "properties": {"name": "a", "invoke_url_template": "u"}},
            {"name": "orders/b", "properties": {"isDisabled": True}},
        ]
    }
    assert parse_functions(page) == (
        ListedFunction(name="a", url="u"),
        ListedFunction(name="b", disabled=True),
    )
    assert parse_functions(None) == ()
    told = '{"state": "Error", "processUptime": 1500, "version": "4", "errors": ["no\\nstorage"]}'
    assert parse_host_status(told) == HostStatus(
        state="Error", uptime=1.5, version="4", errors=("no storage",)
    )
    assert parse_host_status("<html>") is None
