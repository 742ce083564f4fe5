"""What an identity lacks is told before a deployment begins, by the names that a role has."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lading.core.deployment.rights import Grant, missing_actions, parse_grants
from tests.deployments import ON_SLOT, PACKAGE, TARGET, app_state, plan_of, release, site_state

WEBSITE_CONTRIBUTOR = Grant(actions=("Microsoft.Web/sites/*", "Microsoft.Insights/*/read"))
READER = Grant(actions=("*/read",))
OWN = Grant(
    actions=(
        *("microsoft.web/sites/read", "microsoft.web/sites/config/list/action"),
        *("microsoft.web/sites/config/write", "microsoft.web/sites/publish/action"),
    )
)


@pytest.mark.parametrize(
    ("grant", "action", "is_covered"),
    [
        (WEBSITE_CONTRIBUTOR, "Microsoft.Web/sites/slots/publish/Action", True),
        (READER, "Microsoft.Web/sites/Read", True),
        (READER, "Microsoft.Web/sites/config/list/Action", False),
        (OWN, "Microsoft.Web/sites/config/list/Action", True),
        (Grant(actions=("*",), excepted=("*/config/*",)), "Microsoft.Web/sites/Read", True),
        (Grant(actions=("*",), excepted=("*/CONFIG/*",)), "M/sites/config/Write", False),
        (Grant(actions=("[a]*",)), "a", False),
    ],
)
def test_a_pattern_covers_actions_whatever_their_case(
    grant: Grant,
    action: str,
    is_covered: bool,  # noqa: FBT001
) -> None:
    assert grant.covers(action) == is_covered


def test_what_one_grant_excepts_another_may_give() -> None:
    excepting = Grant(actions=("*",), excepted=("*/config/*",))
    assert missing_actions([excepting, OWN], ["Microsoft.Web/sites/config/Write"]) == ()


def test_grants_are_read_as_azure_lists_them() -> None:
    row = {"actions": ["*"], "notActions": ["a/b"], "dataActions": []}
    assert parse_grants({"value": [row]}) == (Grant(actions=("*",), excepted=("a/b",)),)
    assert parse_grants({"value": []}) == ()
    assert parse_grants({"error": {}}) is None


def lacks(state_grants: tuple[Grant, ...] | None, *, on_slot: bool = False, **values: str) -> str:
    """Return what is told that an identity lacks, "" where that is nothing."""
    target = replace(ON_SLOT, sticky=("MODE",)) if on_slot else TARGET
    slot = site_state(name="orders-prod/staging") if on_slot else None
    state = replace(app_state(slot=slot), grants=state_grants)
    problems = plan_of(release(target, PACKAGE, **values), state).problems
    assert {problem.code for problem in problems} <= {"no-right"}
    return problems[0].text.partition("needs: ")[2] if problems else ""


def test_only_what_this_deployment_does_is_needed() -> None:
    assert lacks(None, MODE="x") == ""
    assert lacks((WEBSITE_CONTRIBUTOR,), MODE="x") == ""
    assert lacks((WEBSITE_CONTRIBUTOR,), on_slot=True, MODE="x") == ""
    assert lacks((OWN,), MODE="x") == ""
    without = Grant(actions=tuple(name for name in OWN.actions if not name.endswith("/write")))
    assert lacks((without,)) == ""
    assert lacks((without,), MODE="x") == "Microsoft.Web/sites/config/Write"
    publishing = Grant(actions=("*",), excepted=("*/publish/*",))
    assert lacks((publishing,)) == "Microsoft.Web/sites/publish/Action"


def test_a_slot_has_actions_of_its_own() -> None:
    assert lacks((OWN,), on_slot=True, MODE="x").split(", ") == [
        "Microsoft.Web/sites/slots/config/list/Action",
        "Microsoft.Web/sites/slots/config/Write",
        "Microsoft.Web/sites/slots/publish/Action",
        "Microsoft.Web/sites/slots/slotsswap/Action",
    ]
    by_site = Grant(actions=("*",), excepted=("*/slots/slotsswap/*",))
    assert lacks((by_site,), on_slot=True) == ""
