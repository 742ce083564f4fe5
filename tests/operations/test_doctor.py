"""`doctor` sees what keeps a deployment from a target, by asking alone, and hides no other."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from lading.commands.doctor.targets import look_at_targets
from lading.core.config import Target
from lading.core.diagnosis import Check, Diagnosis, TargetDiagnosis
from lading.core.diagnosis.report import render_diagnosis_json, render_diagnosis_text
from lading.edges.http import Http
from local_azure import LocalAzure
from local_azure.blobs import Blobs, BlobsUnavailableError
from local_azure.sites.deployments import Upload
from local_azure.sites.hosting import Hosting, SiteSpec
from local_sources import LocalSources
from tests.operations.conftest import Desk
from tests.support import leave_out

AT = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
# What is read by POST, because it holds secrets.
READING = ("/list", "/token")
NOWHERE = "https://localhost:9/packages"


def looked(desk: Desk, *targets: Target) -> tuple[TargetDiagnosis, ...]:
    http = Http(desk.edges.ambient, sleep=desk.port.cloud.clock.skip)
    return look_at_targets(
        desk.project, targets or tuple(desk.targets), http=http, edges=desk.edges
    )


def look(desk: Desk, *targets: Target) -> dict[str, Check]:
    """Return the checks of one target by subject, what is good only where nothing else is."""
    (found,) = looked(desk, *targets)
    kinds = ("good", "note", "risk", "wrong")
    return {one.subject: one for one in sorted(found.checks, key=lambda c: kinds.index(c.verdict))}


def wrong(checks: Mapping[str, Check]) -> dict[str, tuple[str, int]]:
    return {
        name: (one.code, one.exit_code) for name, one in checks.items() if one.verdict == "wrong"
    }


def diagnosis(*found: TargetDiagnosis) -> Diagnosis:
    return Diagnosis(at=AT, project=(), machine=(), sources=(), risks=(), targets=found)


@pytest.mark.parametrize("hosting", ["flex", "premium", "dedicated"])
def test_a_target_that_is_well_is_read_alone(
    desk: Desk, azure: LocalAzure, hosting: Hosting
) -> None:
    site, target = desk.declares(hosting, swaps=hosting != "flex")
    settings = dict(site.settings)
    azure.log.clear()
    (found,) = looked(desk)
    assert {one.verdict for one in found.checks} <= {"good", "note"}, found.checks
    assert (found.python, found.opened[0].origin) == (
        "3.13",
        "a token of Entra ID (client-secret)",
    )
    told = {one.subject for one in found.checks}
    assert {"app", "Python", "settings", "read settings", "write settings", "publish"} <= told
    assert {"SCM", "passwords", "deployment", "proof"} <= told
    assert ("swap" in told) == target.swap
    changing = [
        request
        for request in azure.log()
        if request.method != "GET" and not request.path.endswith(READING)
    ]
    assert changing == []
    assert (dict(site.settings), site.restarts, site.deployments.records) == (settings, 0, [])


@pytest.mark.parametrize("fault", ["no-role", "reader"])
def test_a_right_that_is_missing_names_role_scope_and_line(
    desk: Desk, azure: LocalAzure, fault: str
) -> None:
    site, target = desk.declares("premium", swaps=True)
    desk.port.cloud.faults.switch_on(fault)
    found = look(desk)
    lacking = {"app"} if fault == "no-role" else {"read settings", "write settings", "publish"}
    lacking |= set() if fault == "no-role" else {"swap"}
    assert wrong(found) == dict.fromkeys(lacking, ("no-right", 7))
    for name in lacking:
        assert found[name].remedy.splitlines()[1] == (
            f"  az role assignment create --assignee {azure.entra.directory.application.object_id} "
            '--role "Website Contributor" '
            f"--scope /subscriptions/{target.subscription}/resourceGroups/{site.spec.group}"
            f"/providers/Microsoft.Web/sites/{target.function_app}"
        )
        assert "Microsoft.Web/sites/slots/publish/Action" in found[name].remedy
    text = render_diagnosis_text(diagnosis(*looked(desk)))
    assert text.count("az role assignment create") == 1


def wanting(**changes: str) -> Callable[[Target], Target]:
    return lambda target: replace(target, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "code", "named"),
    [
        (wanting(subscription="9f7b1e0c-0000-4000-8000-000000000000"), "no-subscription", "9f7b1e"),
        (wanting(resource_group="oders"), "no-resource-group", "oders"),
        (wanting(function_app="oders"), "no-app", "oders"),
    ],
)
def test_what_is_not_there_is_told_by_its_key(
    desk: Desk, change: Callable[[Target], Target], code: str, named: str
) -> None:
    _, target = desk.declares("flex")
    found = look(desk, change(target))
    assert wrong(found) == {"app": (code, 7)}
    assert named in found["app"].text
    assert "[tool.lading.targets.orders]" in found["app"].remedy


@pytest.mark.parametrize(
    ("fault", "subject", "code", "exit_code"),
    [
        ("scm-unreachable", "SCM", "scm-unreachable", 7),
        ("scm-ip-forbidden", "SCM", "scm-closed", 7),
        ("scm-unauthorised", "SCM", "scm-unauthorized", 3),
        ("scm-forbidden", "publish", "no-right", 7),
        ("arm-unavailable", "app", "arm-unreachable", 7),
    ],
)
def test_what_does_not_answer_is_told_and_hides_no_other_target(
    desk: Desk, fault: str, subject: str, code: str, exit_code: int
) -> None:
    desk.declares("flex")
    desk.declares("premium", name="shop")
    desk.port.cloud.faults.switch_on(fault, site="orders")
    first, second = looked(desk)
    found = {one.subject: (one.code, one.exit_code) for one in first.checks if one.exit_code}
    assert found == {subject: (code, exit_code)}
    assert not any(one.exit_code for one in second.checks)
    assert diagnosis(first, second).exit_code == exit_code


def test_nothing_is_waited_for(desk: Desk) -> None:
    desk.declares("flex")
    desk.port.cloud.faults.switch_on("arm-throttled")
    began = desk.port.cloud.clock.now()
    assert set(wrong(look(desk))) == {"app"}
    assert desk.port.cloud.clock.now() - began < 10


@pytest.mark.parametrize("hosting", ["flex", "premium"])
def test_a_deployment_that_is_under_way_is_told_and_left_alone(
    desk: Desk, hosting: Hosting
) -> None:
    site, _ = desk.declares(hosting)
    desk.port.cloud.faults.switch_on("never-ends")
    package = desk.port.folder / "sent.zip"
    package.write_bytes(b"PK\5\6" + bytes(18))
    site.deployments.start(Upload(package=package, deployer="az_cli_functions", message=""))
    found = look(desk)
    assert found["deployment"].verdict == "note"
    assert "under way" in found["deployment"].text
    assert wrong(found) == {}


def test_a_stopped_app_is_told_once(desk: Desk) -> None:
    site, _ = desk.declares("premium")
    site.state = "Stopped"
    found = look(desk)
    assert wrong(found) == {"app": ("stopped", 7)}
    assert "SCM" not in found


@pytest.mark.parametrize(
    ("hosting", "changes", "subject", "code", "exit_code"),
    [
        ("flex", {"slot": "staging"}, "slot", "no-slots", 2),
        ("premium", {"slot": "canary"}, "slot", "no-such-slot", 7),
        ("consumption", {}, "app", "unsupported", 7),
        ("container-apps", {}, "app", "unsupported", 7),
    ],
)
def test_a_plan_that_does_not_fit_is_told_and_nothing_that_follows_from_it(
    desk: Desk,
    hosting: Hosting,
    changes: dict[str, str],
    subject: str,
    code: str,
    exit_code: int,
) -> None:
    site = desk.port.cloud.create(SiteSpec(name="orders", hosting=hosting))
    found = look(desk, wanting(**changes)(desk.port.target(site)))
    assert wrong(found) == {subject: (code, exit_code)}
    assert "publish" not in found


def test_another_python_than_the_app_is_built_for_is_told(desk: Desk) -> None:
    site, _ = desk.declares("flex")
    site.python = "3.12"
    found = look(desk)
    assert wrong(found) == {"Python": ("python-mismatch", 2)}
    assert "the app orders is for 3.13" in found["Python"].text


def test_settings_are_judged_by_name_and_no_value_is_shown(desk: Desk) -> None:
    site, _ = desk.declares("flex")
    site.settings["TZ"] = "S3cretZone"
    site.settings["PIP_EXTRA_INDEX_URL"] = "https://me:S3cretS3cret@feeds.test/simple/"
    desk.writes("orders", "SCM_DO_BUILD_DURING_DEPLOYMENT=true\n")
    (found,) = looked(desk)
    told = {one.code: one for one in found.checks if one.subject == "settings"}
    assert [(one.code, one.exit_code) for one in found.checks if one.exit_code] == [
        ("forbidden-setting", 2)
    ]
    assert "PIP_EXTRA_INDEX_URL" in told["source-credential"].text
    assert any("TZ" in one.text for one in found.checks)
    document = render_diagnosis_json(diagnosis(found))
    assert "S3cret" not in document
    assert "S3cret" not in render_diagnosis_text(diagnosis(found))


def test_a_host_without_storage_is_told(desk: Desk) -> None:
    site, _ = desk.declares("premium")
    site.settings.clear()
    assert wrong(look(desk)) == {"settings": ("worker-runtime", 7)}


def test_files_that_cannot_be_read_do_not_hide_the_app(desk: Desk) -> None:
    desk.declares("premium")
    (desk.root / "orders.env").unlink()
    found = look(desk)
    assert wrong(found) == {"settings": ("configuration", 2)}
    assert found["publish"].verdict == "good"


def test_a_site_that_takes_passwords_is_a_risk(desk: Desk) -> None:
    site, _ = desk.declares("premium", swaps=True)
    site.slots["staging"].basic_publishing = True
    risk = look(desk)["passwords"]
    assert (risk.verdict, risk.code) == ("risk", "basic-publishing")
    assert risk.remedy.splitlines()[1].startswith("  az resource update --ids /subscriptions/")
    assert "/sites/orders/slots/staging/basicPublishingCredentialsPolicies/scm" in risk.remedy


def test_whoever_cannot_sign_in_tries_once_for_all_targets(desk: Desk, azure: LocalAzure) -> None:
    desk.declares("flex")
    desk.declares("premium", name="shop")
    desk.edges = replace(desk.edges, ambient={**desk.edges.ambient, "AZURE_CLIENT_SECRET": "no"})
    azure.log.clear()
    found = looked(desk)
    for one in found:
        (failure,) = (check for check in one.checks if check.exit_code)
        assert (failure.subject, failure.code, failure.exit_code) == ("identity", "credential", 3)
        assert "proof" in {check.subject for check in one.checks}
    assert len(azure.log(host="entra", path="/token")) == 1
    text = render_diagnosis_text(diagnosis(*found))
    assert "→ as for orders" in text


@pytest.fixture
def blobs(desk: Desk, sources: LocalSources) -> Blobs:
    """Return Blob storage with a container in which the deployer may keep packages."""
    try:
        blobs = desk.port.cloud.start_blobs(os.environ, sources.certificates)
    except BlobsUnavailableError as error:
        leave_out(str(error), ambient=os.environ)
    with blobs.container(f"{blobs.url}/packages") as client:
        client.create_container()
    return blobs


def test_copies_are_listed_and_pulled_from_where_scm_is_closed(desk: Desk, blobs: Blobs) -> None:
    _, target = desk.declares("flex")
    keeping = replace(target, packages=f"{blobs.url}/packages")
    assert "0 packages" in look(desk, keeping)["copies"].text
    desk.port.cloud.faults.switch_on("scm-ip-forbidden")
    found = look(desk, keeping)
    assert wrong(found) == {}
    assert f"pull the package from {blobs.url}/packages" in found["SCM"].text
    assert found["signed URLs"].verdict == "good"
    missing = look(desk, replace(target, packages=f"{blobs.url}/nothing"))
    assert wrong(missing)["copies"] == ("no-container", 7)
    with blobs.container(f"{blobs.url}/packages") as client:
        assert list(client.list_blob_names()) == []


def test_copies_that_cannot_be_kept_are_a_risk_while_scm_takes_packages(desk: Desk) -> None:
    _, target = desk.declares("flex")
    found = look(desk, replace(target, packages=NOWHERE))
    assert (found["copies"].verdict, found["copies"].code) == ("risk", "container-unreachable")


def test_the_document_has_all_of_a_target(desk: Desk) -> None:
    desk.declares("premium", swaps=True)
    (target,) = json.loads(render_diagnosis_json(diagnosis(*looked(desk))))["targets"]
    checks = target.pop("checks")
    opened = target.pop("opened")
    assert target == {
        "name": "orders",
        "app": "orders",
        "subscription": desk.port.subscription,
        "resource_group": "orders",
        "function_app": "orders",
        "slot": "staging",
        "plan": "elastic-premium",
        "python": "3.13",
    }
    assert set(opened[0]) == {"origin", "reason", "scope", "expires"}
    assert isinstance(checks[0]["milliseconds"], int)
