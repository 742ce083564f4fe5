"""Names and patterns mean targets, and no place is meant twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lading.core.deployment.targets import choose_targets, group_by_app
from lading.core.errors import UsageError
from tests.deployments import TARGET

PROD = TARGET
STAGING = replace(TARGET, name="prod-staging", slot="staging")
TEST = replace(TARGET, name="test", function_app="orders-test")
SAME = replace(TARGET, name="again", function_app="Orders-PROD")
DECLARED = (PROD, STAGING, TEST)


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (["test"], ["test"]),
        (["prod*"], ["prod", "prod-staging"]),
        (["test", "prod", "te?t"], ["prod", "test"]),
        (["*"], ["prod", "prod-staging", "test"]),
    ],
)
def test_each_target_that_is_meant_comes_once(wanted: list[str], names: list[str]) -> None:
    assert [target.name for target in choose_targets(DECLARED, wanted)] == names


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("tset", "there is no target named tset(.|\n)*Did you mean test"),
        ("x*", "no target matches x(.|\n)*Declared: prod, prod-staging, test"),
        ("", "no target was named"),
    ],
)
def test_a_name_that_means_nothing_is_told_with_those_that_do(wanted: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        choose_targets(DECLARED, [wanted])


def test_where_none_is_declared_the_lines_to_write_are_told() -> None:
    with pytest.raises(UsageError, match=r"tool\.lading\.targets\.NAME"):
        choose_targets((), ["prod"])


def test_two_targets_that_are_one_place_are_refused() -> None:
    with pytest.raises(UsageError, match="prod and again are one place: Orders-PROD"):
        choose_targets((PROD, SAME), ["*"])


def test_what_belongs_to_one_app_is_done_in_turn() -> None:
    assert group_by_app((PROD, TEST, STAGING)) == ((PROD, STAGING), (TEST,))
