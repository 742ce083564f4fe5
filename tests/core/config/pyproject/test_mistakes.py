"""Every mistake is told, all at once, with what to write."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.core.config.pyproject import parse_project
from lading.core.errors import ConfigError
from tests.core.config.pyproject.reading import APP, ROOT, parse


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    return caught.value.problems


def test_an_unknown_key_is_answered_with_the_nearest_known_one() -> None:
    unknown, missing = problems('[apps.orders]\nfolder = "f"\npyton = "3.13"\n')

    assert unknown == "tool.lading.apps.orders.pyton: unknown key; did you mean python?"
    assert missing.startswith("tool.lading.apps.orders.python: is missing")


def test_an_unknown_key_without_a_neighbour_is_answered_with_the_list() -> None:
    (problem,) = problems(APP + "zzz = 1\n")

    assert problem.startswith("tool.lading.apps.orders.zzz: unknown key; known: allow, ")


def test_an_unknown_cloud_is_answered_with_the_known_ones() -> None:
    (problem,) = problems('cloud = "usgov"\n' + APP)

    assert problem.startswith("tool.lading.cloud: must be one of public, us-government, china, or")


def test_a_word_that_is_no_choice_is_answered_with_the_choices() -> None:
    audit, advisories = problems(f'advisories = "osv"\n{APP}audit = "fatal"\n')
    assert audit == "tool.lading.apps.orders.audit: must be one of warning, error"
    assert advisories == "tool.lading.advisories: must be one of index, pypi"


def test_an_identity_where_nobody_signs_in_is_told() -> None:
    (problem,) = problems("""
        [sources.acme-git]
        git = "https://github.com/acme/"
        credential = "github"
        identity = "azure-cli"
    """)

    assert problem.startswith("tool.lading.sources.acme-git.identity: nothing signs in")


def test_all_mistakes_are_told_at_once() -> None:
    found = problems("""
        aps = 1
        [apps.orders]
        folder = "/functionapp"
        python = 3.10
        lock = "../x"
        bytecode = "of"
        allow = [{code = "escaping-path", reason = "x"}]
        [sources.acme]
        index = "http://index.example/"
        packages = ["acme-*"]
        credential = "none"
        [targets.p]
        app = "order"
        swap = true
    """)

    assert [problem.split(": ")[0].removeprefix("tool.lading.") for problem in found] == [
        "aps",
        "apps.orders.folder",
        "apps.orders.python",
        "apps.orders.lock",
        "apps.orders.bytecode",
        "apps.orders.allow[0].code",
        "sources.acme.index",
        "targets.p.subscription",
        "targets.p.resource-group",
        "targets.p.function-app",
        "targets.p.swap",
        "targets.p.app",
    ]


def test_a_python_without_quotes_is_not_quoted_back() -> None:
    # TOML has read 3.10 as 3.1 by then.
    assert problems('[apps.a]\nfolder = "f"\npython = 3.10\n') == (
        "tool.lading.apps.a.python: must be a string, not a number; put it in quotes",
    )


def test_an_exception_needs_a_code_and_a_reason() -> None:
    assert problems(f'{APP}allow = [{{package = "x"}}]\n') == (
        "tool.lading.apps.orders.allow[0].code: is missing",
        "tool.lading.apps.orders.allow[0].reason: is missing",
    )


def test_a_python_that_azure_does_not_run_is_refused() -> None:
    (problem,) = problems('[apps.a]\nfolder = "f"\npython = "3.9"\n')

    assert problem.startswith("tool.lading.apps.a.python: Python 3.9 is not a runtime")


@pytest.mark.parametrize(
    "path", ["/etc/x", "..", "a/../../b", "C:/x", "C:\\\\x", "~/x", "\\\\\\\\server\\\\x"]
)
def test_a_path_stays_inside_the_project(path: str) -> None:
    (problem,) = problems(f'[apps.a]\nfolder = "{path}"\npython = "3.13"\n')

    assert problem.startswith("tool.lading.apps.a.folder: ")


def test_groups_and_extras_belong_to_a_pyproject() -> None:
    (problem,) = problems(APP + 'groups = ["dev"]\n')
    (app,) = parse(APP + 'groups = ["dev"]\nrequirements = "pyproject.toml"\n').apps

    assert problem.startswith("tool.lading.apps.orders.groups: only a pyproject.toml has these")
    assert (app.groups, app.lock) == (("dev",), "requirements.lock")


@pytest.mark.parametrize(
    ("second", "words"),
    [
        ('folder = "functionapp"\npython = "3.12"', "whose python is 3.13"),
        ('folder = "g"\nlock = "functionapp/requirements.lock"\npython = "3.13"', "requirements"),
        ('folder = "g"\nlock = "functionapp/other.lock"\npython = "3.13"', "sources.lock"),
        ('folder = "g"\nlock = "g/requirements.txt"\npython = "3.13"', "another file"),
    ],
)
def test_two_locks_never_meet_in_one_file(second: str, words: str) -> None:
    (problem,) = problems(f"{APP}[apps.second]\n{second}\n")

    assert problem.startswith("tool.lading.apps.second.lock: ")
    assert words in problem


@pytest.mark.parametrize("name", ["con", "a/b", "-a", "a.", "NUL.x", "ä"])
def test_a_name_of_an_app_can_be_the_name_of_a_file_everywhere(name: str) -> None:
    found = problems(f'[apps."{name}"]\nfolder = "f"\npython = "3.13"\n')

    assert "becomes the name of a file" in found[0]


def test_names_that_differ_only_in_case_are_one_file_on_windows() -> None:
    found = problems(f'{APP}[apps.Orders]\nfolder = "functionapp"\npython = "3.13"\n')

    assert found == ("tool.lading.apps.Orders: differs from orders only in its case",)


def test_a_target_names_an_app_that_there_is() -> None:
    target = 'subscription = "s"\nresource-group = "g"\nfunction-app = "f"\n'

    assert problems(f'{APP}[targets.p]\napp = "order"\n{target}') == (
        'tool.lading.targets.p.app: there is no app "order"; did you mean orders?',
    )
    assert problems(f'{APP}[targets.p]\napp = "zzz"\n{target}') == (
        'tool.lading.targets.p.app: there is no app "zzz"; declared: orders',
    )


def test_an_empty_table_says_what_to_declare() -> None:
    assert problems("") == ("tool.lading: declares neither an app nor a source",)


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.text()
            | st.sampled_from(
                ("apps", "sources", "targets", "folder", "python", "index", "git", "packages")
            )
            | st.sampled_from(("credential", "scope", "allow", "settings", "app", "lock")),
            inner,
        )
    ),
    max_leaves=20,
)


@given(
    st.dictionaries(
        st.sampled_from(("apps", "sources", "targets", "identity", "cloud")),
        st.dictionaries(st.text(), json_like) | json_like,
    )
)
def test_whatever_the_table_holds_the_answer_is_a_project_or_a_list(
    table: dict[str, object],
) -> None:
    with contextlib.suppress(ConfigError):
        assert parse_project(table, root=ROOT).root == ROOT


@pytest.mark.parametrize("text", ["250", "much", "-1 MB", "250 MBit", "0x10 MB"])
def test_what_is_no_size_is_told_with_an_example(text: str) -> None:
    table = f'[apps.a]\nfolder = "a"\npython = "3.13"\nsize-budget = "{text}"\n'
    (problem,) = problems(table)
    assert problem == (f'tool.lading.apps.a.size-budget: "{text}" is no size: write it as "250 MB"')
