"""What the CI systems read in a log, and what foreign text cannot make them read."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from lading.core.errors import DiskError
from lading.edges.ci import (
    CiLog,
    System,
    defuse,
    defuse_json,
    read_ci_system,
    write_summary,
)


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
