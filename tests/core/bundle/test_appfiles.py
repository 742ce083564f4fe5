from __future__ import annotations

import pytest

from lading.core.bundle.appfiles import PackingRules, check_name, is_never_packed

FUNCIGNORE = """
# comment
*.md
!keep.md
/tests/
data/*
!data/keep.csv
!local.settings.json
!.env
!.env.production
"""


@pytest.mark.parametrize(
    ("name", "left_out"),
    [
        ("function_app.py", False),
        ("README.md", True),
        ("docs/deep/x.md", True),
        ("keep.md", False),
        ("data/x.csv", True),
        ("data/keep.csv", False),
        ("requirements.lock", False),
        ("sources.lock", False),
        # No line of .funcignore brings these back.
        ("local.settings.json", True),
        (".env", True),
        (".env.production", True),
    ],
)
def test_funcignore_has_the_rules_of_gitignore(name: str, *, left_out: bool) -> None:
    assert PackingRules(FUNCIGNORE).leaves_out(name, folder=False) is left_out


def test_a_pattern_for_folders_leaves_a_file_of_that_name() -> None:
    rules = PackingRules(FUNCIGNORE)

    assert rules.leaves_out("tests", folder=True)
    assert not rules.leaves_out("tests", folder=False)
    assert not rules.leaves_out("src/tests", folder=True)


@pytest.mark.parametrize(
    "name",
    [
        ".git",
        "a/.git/config",
        ".ENV",
        ".env.local",
        "a/.Env.Production",
        ".env.d/token",
        ".env.example.local",
        "Local.Settings.json",
        ".python_packages/lib/x",
        ".funcignore",
        "Findings.SARIF",
    ],
)
def test_some_names_are_never_packed_in_any_case(name: str) -> None:
    assert is_never_packed(name)


@pytest.mark.parametrize(
    "name",
    [
        *("env", "git", ".envrc", "my.env", "static/dist/x.js"),
        *(".env.example", "a/.env.Sample", ".env.template", ".environment"),
    ],
)
def test_names_that_look_similar_are_packed(name: str) -> None:
    assert not is_never_packed(name)


@pytest.mark.parametrize(
    ("name", "words"),
    [("a\\b", "backslash"), ("a\nb", "control character"), ("a\udcff", "not UTF-8")],
)
def test_a_name_that_not_every_system_can_hold_is_refused(name: str, words: str) -> None:
    assert words in (check_name(name) or "")


def test_other_names_are_fine() -> None:
    assert check_name("straße/データ .py") is None
