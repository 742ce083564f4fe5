from __future__ import annotations

from pathlib import Path

import pytest
from pypi_simple import PYPI_SIMPLE_ENDPOINT

from lading.core.config import CredentialSpec, IndexSource, Project
from lading.core.requirements.direct import Place
from lading.core.requirements.index_lines import judge_index_line
from lading.core.requirements.lines import LineError

FEED = "https://pkgs.dev.azure.com/acme/_packaging/internal/pypi/simple/"
PROJECT = Project(
    root=Path("/project"),
    apps=(),
    sources=(
        IndexSource(
            name="acme",
            url=FEED,
            packages=("acme-*",),
            credential=CredentialSpec(kind="none"),
            scope="https://pkgs.dev.azure.com/acme/",
        ),
    ),
)


def judge(option: str, url: str, default_index: str = "https://index.example/simple/") -> list[str]:
    notes: list[str] = []
    place = Place(project=PROJECT, origin="r.txt:1", folder="", notes=notes)
    judge_index_line(option, url, place, default_index)
    return notes


@pytest.mark.parametrize(
    "url",
    [
        FEED,
        FEED.rstrip("/"),
        "https://ACME.pkgs.visualstudio.com/_packaging/internal/pypi/simple",
        "https://acme@pkgs.dev.azure.com/acme/_packaging/internal/pypi/simple/",
        "https://build:${TOKEN}@pkgs.dev.azure.com/acme/_packaging/internal/pypi/simple/",
    ],
)
def test_a_line_that_names_a_source_is_accepted_with_a_note(url: str) -> None:
    assert judge("--extra-index-url", url) == [
        "r.txt:1: --extra-index-url names source acme, which is used for what it declares"
    ]


def test_a_line_that_names_the_default_index_is_accepted_with_a_note() -> None:
    assert judge("--index-url", "https://index.example:443/simple") == [
        "r.txt:1: --index-url names the default index, which is used anyway"
    ]


def test_the_public_index_is_the_default_where_nothing_else_is_said() -> None:
    (note,) = judge("--index-url", PYPI_SIMPLE_ENDPOINT, default_index="")

    assert "names the default index" in note
    with pytest.raises(LineError):
        judge("--index-url", PYPI_SIMPLE_ENDPOINT)


@pytest.mark.parametrize(
    ("option", "url", "words"),
    [
        (
            "--extra-index-url",
            "https://other.example/simple",
            'index = "https://other.example/simp',
        ),
        (
            "--index-url",
            "https://pkgs.dev.azure.com/other/_packaging/f/pypi/simple/",
            'credential = "azure-devops"',
        ),
        ("--index-url", "http://index.example/simple", 'index = "https://…/simple/"'),
        ("--index-url", "nonsense", 'index = "https://…/simple/"'),
        ("--find-links", "https://other.example/files", "[tool.lading.sources.NAME]"),
        ("--find-links", "../wheels", "./folder/NAME-1.0-py3-none-any.whl"),
        ("--index-url", "https://me:hunter2@other.example/simple", "revoke the credential"),
        ("--index-url", FEED.replace("pkgs", "me:hunter2@pkgs"), "source acme already"),
    ],
)
def test_any_other_line_is_refused_with_the_lines_to_write(
    option: str, url: str, words: str
) -> None:
    with pytest.raises(LineError) as caught:
        judge(option, url)

    assert words in str(caught.value)
    assert "hunter2" not in str(caught.value)
