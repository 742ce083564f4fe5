"""A target is judged as a deployment would, and by what could go wrong with it later."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from lading.core.config import Target
from lading.core.deployment.arm_replies import judge_arm
from lading.core.deployment.reactions import Again, NoAnswer, Refused, give_up
from lading.core.deployment.rights import Grant
from lading.core.deployment.state import AppState, SiteState
from lading.core.diagnosis import Check
from lading.core.diagnosis.copies import Copies
from lading.core.diagnosis.sightings import judge_sighting
from lading.core.diagnosis.targets import Candidate, Seen, judge_proof, judge_target
from lading.core.hosting import FLEX_CONSUMPTION
from tests.deployments import (
    ON_APP_SERVICE,
    ON_SLOT,
    TARGET,
    TODAY,
    app,
    app_state,
    files,
    site_state,
)
from tests.replies import reply

WHO = "0b7e4a52-0000-4000-8000-0123456789ab"
ALL = (Grant(actions=("Microsoft.Web/sites/*",)),)
CONTAINER = "https://acme.blob.core.windows.net/packages"


def judged(
    state: AppState, target: Target = TARGET, *, today: dt.date = TODAY, **settings: str
) -> dict[str, list[Check]]:
    """Return the checks by their subject."""
    candidate = Candidate(target=target, python="3.13", settings=files(**settings))
    seen = Seen(state=replace(state, grants=state.grants or ALL), who=WHO, passwords=False)
    found: dict[str, list[Check]] = {}
    for check in judge_target(candidate, seen, today=today):
        found.setdefault(check.subject, []).append(check)
    return found


def site(place: SiteState, **changes: Any) -> SiteState:
    return replace(place, site=replace(place.site, **changes))


def test_a_python_that_ends_soon_is_a_risk() -> None:
    good, risk = judged(app_state(), today=dt.date(2029, 9, 1))["Python"]
    assert (good.verdict, risk.verdict, risk.code) == ("good", "risk", "end-of-support")
    assert "2029-10-31" in risk.text


def test_another_runtime_than_python_is_in_the_way() -> None:
    (check,) = judged(app_state(site(site_state(), runtime="node", python="")))["Python"]
    assert (check.code, check.exit_code) == ("not-python", 7)


def test_switches_that_a_deployment_changes_are_told_by_name() -> None:
    place = replace(site_state(), settings=app(**ON_APP_SERVICE | {"ENABLE_ORYX_BUILD": "true"}))
    (note,) = judged(app_state(place))["settings"]
    assert (note.verdict, "ENABLE_ORYX_BUILD" in note.text) == ("note", True)


def test_what_the_next_deployment_does_not_write_may_stay_forbidden() -> None:
    own = Grant(actions=("Microsoft.Web/sites/publish/action",))
    state = replace(app_state(), grants=(own,))
    assert judged(state)["write settings"][0].verdict == "risk"
    wrong = judged(state, COLOUR="blue")["write settings"][0]
    assert (wrong.verdict, wrong.exit_code) == ("wrong", 7)
    assert "Microsoft.Web/sites/config/Write" in wrong.remedy


def test_rights_that_azure_does_not_tell_are_left_open() -> None:
    candidate = Candidate(target=TARGET, python="3.13", settings=files())
    found = judge_target(candidate, Seen(state=app_state()), today=TODAY)
    (note,) = (one for one in found if one.subject == "rights")
    assert "does not say" in note.text


def test_a_closed_site_is_pulled_from_the_container_where_there_is_one() -> None:
    closed = Refused(code="scm-closed", text="it is closed", remedy="Open it.")
    place = replace(site_state(FLEX_CONSUMPTION), closed=closed)
    (wrong,) = judged(app_state(place))["SCM"]
    assert (wrong.exit_code, wrong.remedy) == (7, "Open it.")
    keeping = replace(TARGET, packages=CONTAINER)
    (note,) = judged(app_state(place), keeping)["SCM"]
    assert (note.verdict, CONTAINER in note.text) == ("note", True)
    (unknown,) = judged(app_state(replace(place, deploying=None)), keeping)["deployment"]
    assert (unknown.verdict, "only the SCM site says" in unknown.text) == ("note", True)
    without = replace(app_state(place), grants=(Grant(actions=("Microsoft.Web/sites/publish/*",)),))
    assert "extensions/Write" in judged(without, keeping)["publish"][0].remedy


def test_production_is_judged_with_a_slot_that_is_swapped() -> None:
    stopped = site(site_state(), state="Stopped")
    found = judged(app_state(stopped, slot=site_state(name="orders-prod/staging")), ON_SLOT)
    assert "with which it is to be swapped" in found["app"][0].text


@pytest.mark.parametrize(
    ("found", "demanded", "verdict"),
    [(True, True, "good"), (False, False, "note"), (False, True, "risk")],
)
def test_a_proof_wants_an_interpreter(found: bool, demanded: bool, verdict: str) -> None:  # noqa: FBT001
    check = judge_proof(TARGET, python="3.13", found=found, demanded=demanded)
    assert (check.verdict, check.exit_code) == (verdict, 0)


@pytest.mark.parametrize(
    ("status", "code", "told", "exit_code"),
    [
        (401, "InvalidAuthenticationTokenTenant", "other-tenant", 3),
        (401, "ExpiredAuthenticationToken", "arm-unauthorized", 3),
        (404, "SubscriptionNotFound", "no-subscription", 7),
        (404, "ResourceNotFound", "no-app", 7),
        (403, "AuthorizationFailed", "no-right", 7),
        (400, "Strange", "azure-refused", 7),
    ],
)
def test_what_is_not_there_and_what_may_not_be_seen_are_two_things(
    status: int, code: str, told: str, exit_code: int
) -> None:
    answer = reply(status, {"error": {"code": code, "message": "words"}})
    reaction = judge_arm("read", answer)
    final = give_up(reaction) if isinstance(reaction, Again) else reaction
    check = judge_sighting(ON_SLOT, answer, final, "")
    assert check is not None
    assert (check.code, check.exit_code) == (told, exit_code)
    assert ("--assignee OBJECT_ID" in check.remedy) == (told == "no-right")


@pytest.mark.parametrize(
    ("status", "reason", "words"),
    [
        (403, "AuthorizationPermissionMismatch", '--role "Storage Blob Data Contributor"'),
        (403, "AuthorizationFailure", "firewall"),
        (404, "ContainerNotFound", "az storage container create"),
    ],
)
def test_a_container_that_refuses_names_the_least_role(
    status: int, reason: str, words: str
) -> None:
    copies = Copies(container=CONTAINER, who=WHO, pulled=False)
    check = copies.judge_listing(reply(status, reason=reason))
    assert (check.verdict, check.exit_code) == ("risk", 0)
    assert words in check.remedy


def test_signing_wants_a_role_on_the_account() -> None:
    copies = Copies(container=CONTAINER, who=WHO, pulled=True)
    check = copies.judge_signing(reply(403, reason="AuthorizationPermissionMismatch"))
    assert (check.verdict, check.exit_code) == ("wrong", 7)
    assert check.remedy.endswith(
        f'az role assignment create --assignee {WHO} --role "Storage Blob Delegator" '
        '--scope "$(az storage account show --name acme --query id --output tsv)"'
    )
    assert copies.judge_listing(NoAnswer(reason="refused")).code == "container-unreachable"
