"""What the CI systems read in a log, and what foreign text cannot make them read."""

from __future__ import annotations

import base64
import io
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import get_args
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from lading.core.errors import DiskError
from lading.core.secret import Credential, Secret
from lading.edges.ci import (
    CiLog,
    System,
    defuse,
    defuse_json,
    read_ci_system,
    render_masks,
    write_summary,
)
from tests.ci_reader import read_log

SYSTEMS = st.sampled_from(get_args(System))
# What check_token lets through.
TOKENS = st.text(min_size=8, max_size=80).filter(lambda text: text.isprintable() and text.strip())


def log_of(system: System) -> tuple[CiLog, io.StringIO]:
    said = io.StringIO()
    console = Console(file=said, highlight=False, soft_wrap=True, width=200)
    return CiLog(system, console=console, redact=lambda text: text.replace("token", "***")), said


@pytest.mark.parametrize(
    ("ambient", "system"),
    [
        ({"TF_BUILD": "True"}, "azure-pipelines"),
        ({"GITHUB_ACTIONS": "true"}, "github"),
        ({"CI": "true"}, None),
        ({}, None),
    ],
)
def test_the_system_is_known_by_its_own_variable(
    ambient: dict[str, str], system: System | None
) -> None:
    assert read_ci_system(ambient) == system


def test_warnings_and_groups_are_in_the_words_of_azure_pipelines() -> None:
    progress, said = log_of("azure-pipelines")
    with progress.step("Building orders"):
        progress.warn("two\nlines with a token")
    assert said.getvalue().splitlines() == [
        "##[group]Building orders",
        "##vso[task.logissue type=warning]two lines with a ***",
        "##[endgroup]",
    ]


def test_warnings_and_groups_are_in_the_words_of_github() -> None:
    progress, said = log_of("github")
    with progress.step("Building orders"):
        progress.warn("old lock")
    assert said.getvalue().splitlines() == [
        "::group::Building orders",
        "::warning title=lading::old lock",
        "::endgroup::",
    ]


def _lower_escapes(text: str) -> str:
    return re.sub("%..", lambda found: found[0].lower(), text)


@given(system=SYSTEMS, token=TOKENS)
def test_a_mask_hides_every_form_of_a_token_in_later_lines(system: System, token: str) -> None:
    credential = Credential(username="", password=Secret(token), scheme="Bearer")
    forms = (
        *(token, quote(token), quote(token, safe=""), quote_plus(token), json.dumps(token)[1:-1]),
        *(_lower_escapes(quote(token, safe="")), repr(token)),
        credential.authorization().reveal(),
    )
    log = "".join((*render_masks(Secret(token), system=system), *(f"x {form}\n" for form in forms)))
    assert not any(form in read_log(log, system).shown for form in forms)


@given(
    system=SYSTEMS, user=st.text(st.characters(codec="ascii", exclude_characters=":"), max_size=9)
)
def test_a_mask_hides_a_token_where_basic_sends_it(system: System, user: str) -> None:
    token = "ghp_0123456789/abcdefghij+klmnop"
    credential = Credential(username=user, password=Secret(token))
    header = credential.authorization().reveal()
    log = "".join((*render_masks(Secret(token), system=system), header))
    shown = read_log(log, system).shown
    # One letter at each end belongs to the token and to its neighbours.
    of_the_user = len("Basic ") + -(-len(f"{user}:".encode()) * 8 // 6)
    assert set(shown[of_the_user:].rstrip("=")[:-1]) == {"*"}
    with pytest.raises(AssertionError):
        assert set(header[of_the_user:]) == {"*"}


@pytest.mark.parametrize("system", ["azure-pipelines", "github"])
def test_a_key_of_several_lines_is_masked_line_by_line(system: System) -> None:
    lines = [base64.b64encode(bytes([number] * 48)).decode() for number in range(5)]
    key = "\n".join(("-----BEGIN PRIVATE KEY-----", *lines, "-----END PRIVATE KEY-----"))
    masks = render_masks(Secret(key), system=system)
    assert all(mask.count("\n") == 1 and mask.endswith("\n") for mask in masks)
    shown = read_log("".join((*masks, key)), system).shown
    assert shown.splitlines() == [
        "-----BEGIN PRIVATE KEY-----",
        *["*" * 64] * 5,
        "-----END PRIVATE KEY-----",
    ]


@pytest.mark.parametrize("system", ["azure-pipelines", "github"])
def test_nothing_so_short_is_masked_that_half_of_the_log_would_go(system: System) -> None:
    assert all(
        len(mask.rpartition("]")[2].rpartition("::")[2]) > 6
        for mask in render_masks(Secret("ab\ncd\nefgh"), system=system)
    )
    assert render_masks(Secret("abc"), system=system) == ()


@pytest.mark.parametrize("system", ["azure-pipelines", "github"])
def test_masks_hold_when_many_threads_meet_secrets_and_talk(system: System) -> None:
    progress, said = log_of(system)
    tokens = [f"secret-{number:03}-of-a-thread" for number in range(60)]

    def meet(token: str) -> None:
        progress.mask(Secret(token))
        progress.note(f"met {token}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(meet, tokens))
    reading = read_log(said.getvalue(), system)
    assert set(tokens) <= set(reading.masks)
    assert "of-a-thread" not in reading.shown


def test_a_mask_is_read_where_another_program_left_its_line_open() -> None:
    progress, said = log_of("github")
    said.write("Downloading 45 %")
    progress.mask(Secret("ghp_0123456789"))
    said.write("ghp_0123456789")
    reading = read_log(said.getvalue(), "github")
    assert "ghp_" not in reading.shown


@pytest.mark.parametrize("system", ["azure-pipelines", "github"])
@pytest.mark.parametrize(
    "foreign",
    [
        "##vso[task.setvariable variable=PATH]/evil",
        "fine\n##vso[task.setvariable variable=PATH]/evil",
        "::set-output name=x::y",
        "fine\n::add-path::/evil",
        "fine\r\n  ::add-path::/evil",
        "fine\r::add-path::/evil",
        "###vso[task.setvariable variable=PATH]/evil",
        "#\u200b#vso[task.setvariable variable=PATH]/evil",
        "##VSO[task.setvariable variable=PATH]/evil",
        "##[add-path]/evil",
        "::::add-path::/evil",
        "\ufeff::add-path::/evil",
    ],
)
def test_foreign_text_cannot_smuggle_a_command_in(system: System, foreign: str) -> None:
    progress, said = log_of(system)
    progress.note(foreign)
    progress.warn(foreign)
    with progress.step(foreign):
        pass
    ours = (
        *("##[group]", "##[endgroup]", "##vso[task.logissue type=warning]"),
        *("::group::", "::endgroup::", "::warning title=lading::"),
    )
    for line in said.getvalue().splitlines():
        text = line.lstrip()
        for mark in ours:
            text = text.removeprefix(mark)
        assert not text.lstrip().startswith("::"), line
        assert "##vso" not in text.lower(), line
        assert "##[" not in text, line
        assert text.isprintable(), line


def test_what_is_no_command_stays_as_it_is() -> None:
    markdown = "## Changes\n\n| # | a::b | ##1 |\n"
    assert defuse(markdown) == markdown


def test_a_json_document_says_the_same_without_a_command_in_it() -> None:
    document = json.dumps({"message": "##vso[task.complete]\n::warning::x"}, indent=2)
    shown = defuse_json(document)
    assert "#" not in shown
    assert json.loads(shown) == json.loads(document)


def test_a_summary_page_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    page = tmp_path / "nowhere" / "summary.md"
    with pytest.raises(DiskError, match=r"summary\.md cannot be written"):
        write_summary("", system="github", ambient={"GITHUB_STEP_SUMMARY": str(page)})
    with pytest.raises(DiskError, match="cannot be written"):
        write_summary(
            "", system="azure-pipelines", ambient={"AGENT_TEMPDIRECTORY": str(page.parent)}
        )


def test_details_are_told_only_when_asked_for() -> None:
    progress, said = log_of("github")
    progress.detail("GET https://…")
    assert said.getvalue() == ""


def test_github_gets_its_summary_in_the_file_that_it_names(tmp_path: Path) -> None:
    page = tmp_path / "summary.md"
    page.write_text("before\n")
    ambient = {"GITHUB_STEP_SUMMARY": str(page)}
    assert write_summary("### orders", system="github", ambient=ambient) == ""
    assert page.read_text() == "before\n### orders\n"


def test_azure_pipelines_gets_a_file_outside_of_what_is_published(tmp_path: Path) -> None:
    ambient = {"AGENT_TEMPDIRECTORY": str(tmp_path)}
    line = write_summary("### orders", system="azure-pipelines", ambient=ambient)
    (page,) = tmp_path.iterdir()
    assert line == f"##vso[task.uploadsummary]{page}\n"
    assert page.read_text() == "### orders"
