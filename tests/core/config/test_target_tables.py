from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from lading.core.config import Target
from lading.core.config.pyproject import parse_project
from lading.core.errors import ConfigError

BEGINNING = """
[apps.orders]
folder = "functionapp"
python = "3.13"

[targets.prod]
app = "orders"
subscription = "s"
resource-group = "g"
function-app = "f"
"""


def parse(more: str) -> Target:
    (target,) = parse_project(tomllib.loads(BEGINNING + more), root=Path("/p")).targets
    return target


def problem(more: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(more)
    (one,) = caught.value.problems
    return one.removeprefix("tool.lading.targets.prod.")


def test_a_target_says_what_its_settings_may_take_and_what_stays_with_a_slot() -> None:
    target = parse(
        'variables = ["BUILD_ID", "BUILD_ID"]\nsticky = ["App__Mode", "X.y-z"]\n'
        'packages = "https://acme.blob.core.windows.net/releases/"\nslot = "staging"\nswap = true\n'
    )
    assert target.variables == ("BUILD_ID",)
    assert target.sticky == ("App__Mode", "X.y-z")
    assert target.packages == "https://acme.blob.core.windows.net/releases"
    assert (target.slot, target.swap) == ("staging", True)


def test_the_account_of_a_storage_emulator_is_in_the_path() -> None:
    target = parse('packages = "https://localhost:10000/acme/releases"')
    assert target.packages == "https://localhost:10000/acme/releases"


def test_what_is_not_said_is_empty() -> None:
    target = parse("")
    assert (target.variables, target.sticky, target.packages) == ((), (), None)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ('variables = ["p@ss word"]', "variables: must list the names of variables"),
        ('sticky = ["a=b"]', "sticky: must list the names of settings"),
        ('sticky = ["App:Mode"]', 'sticky: write "App__Mode": Linux takes no colon'),
        ('packages = "releases"', "packages: must begin with https://"),
        ('packages = "https://a.blob.x.net/c?sig=abc"', "packages: must not have a query"),
        ('packages = "https://a.blob.x.net/"', "packages: must be a container: https://ACCOUNT"),
        ('packages = "https://a.blob.x.net/c/d"', "packages: must be a container: https://ACCOUNT"),
        ('packages = "https://localhost:1/a/b/c"', "packages: must be a container: https://ACC"),
        ('slot = "Production"', 'slot: "Production" is what Azure calls the app itself'),
        ("swap = true", "swap: a swap needs a slot"),
        ('variable = ["A"]', "variable: unknown key; did you mean variables?"),
    ],
)
def test_a_mistake_is_told_with_its_key_and_never_quotes_a_secret(more: str, words: str) -> None:
    told = problem(more)
    assert told.startswith(words)
    assert "p@ss" not in told
    assert "sig=" not in told
