from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from lading.core.config.pyproject import parse_project
from lading.core.errors import ConfigError
from lading.core.slimming import DEFAULT_RULES, Exemption, Slimming

APP = '[apps.orders]\nfolder = "functionapp"\npython = "3.13"\n'


def slimming(lines: str) -> Slimming:
    return parse_project(tomllib.loads(APP + lines), root=Path("/project")).apps[0].slimming


def problems(lines: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        slimming(lines)
    return caught.value.problems


def test_the_default_takes_all_but_symbols() -> None:
    assert slimming("").rules == DEFAULT_RULES
    assert "symbols" not in DEFAULT_RULES
    assert slimming('slim = "default"').rules == slimming('slim = ["default"]').rules


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ('slim = "off"', ()),
        ("slim = []", ()),
        ('slim = ["stubs", "tests"]', ("tests", "stubs")),
        ('slim = ["default", "symbols"]', (*DEFAULT_RULES, "symbols")),
    ],
)
def test_rules_are_named(text: str, rules: tuple[str, ...]) -> None:
    assert slimming(text).rules == rules


def test_distributions_are_exempt_from_one_rule_or_from_all() -> None:
    found = slimming('slim-except = ["Scikit_Image:stubs", "acme.core"]')
    assert found.exemptions == (
        Exemption(name="scikit-image", rule="stubs"),
        Exemption(name="acme-core"),
    )
    assert found.rules_for("acme-core") == frozenset()
    assert found.rules_for("scikit-image") == {*DEFAULT_RULES} - {"stubs"}


def test_all_mistakes_are_told_at_once_with_what_was_meant() -> None:
    found = problems(
        'slim = ["test", "debug", "stubs"]\nslim-except = ["x:stub", "y:", "a b"]\nslimm = 1\n'
    )
    assert found == (
        "tool.lading.apps.orders.slimm: unknown key; did you mean slim?",
        (
            'tool.lading.apps.orders.slim-except: "x:stub": there is no rule "stub";'
            ' did you mean "stubs"?'
        ),
        (
            'tool.lading.apps.orders.slim-except: "y:": there is no rule ""; rules: tests, stubs,'
            " headers, static-libraries, foreign-bytecode, symbols"
        ),
        (
            'tool.lading.apps.orders.slim-except: "a b" must be NAME or NAME:RULE,'
            ' "scikit-image:stubs"'
        ),
        'tool.lading.apps.orders.slim: there is no rule "test"; did you mean "tests"?',
        (
            'tool.lading.apps.orders.slim: there is no rule "debug"; rules: tests, stubs, headers,'
            " static-libraries, foreign-bytecode, symbols, default"
        ),
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('slim = "none"', 'slim: must be "off", "default" or a list of rules'),
        ("slim = true", "slim: must be"),
        ("slim = [1]", "slim: every entry must be a string"),
        ('slim-except = "x"', "slim-except: must be a list of strings"),
    ],
)
def test_other_forms_are_refused(text: str, says: str) -> None:
    (problem,) = problems(text)
    assert says in problem
