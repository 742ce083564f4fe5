"""What is written wrong, in the command or in the project, says what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_sources import LocalSources
from tests.acceptance.publish.library import publish, published
from tests.library import write_library
from tests.user import User


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("ledger", 2, 'packages = ["acme-*", "ledger"]'),
        ("acme-ledger", 0, "is in acme"),
    ],
)
def test_only_a_name_that_the_source_owns_is_published(
    publisher: User, sources: LocalSources, project: Path, name: str, code: int, words: str
) -> None:
    write_library(project / "ledger", name)
    said = publish(publisher, project)
    assert said.code == code, said.text
    assert words in said.text
    assert bool(sources.log(host="index")) == (code == 0)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "told no folder"),
        (("--folder", "ledger"), "told no source"),
        (("--folder", "ledger", "--source", "acmee"), "Did you mean acme?"),
        (("--folder", "ledger", "--source", "acme-git"), "Git"),
        (("--folder", "nothing", "--source", "acme"), "no folder"),
        (("--folder", "empty", "--source", "acme"), "neither pyproject.toml nor setup.py"),
        (("ledger",), "ledger"),
    ],
)
def test_a_wrong_command_line_says_what_to_write(
    publisher: User, sources: LocalSources, project: Path, words: tuple[str, ...], told: str
) -> None:
    write_library(project / "ledger")
    (project / "empty").mkdir()
    said = publisher.types(project, "publish", *words)
    assert said.code == 2, said.text
    assert told in said.stderr
    assert "→" in said.stderr
    assert sources.log() == ()


def test_an_index_of_which_nobody_knows_where_it_takes_uploads_is_a_line_to_add(
    publisher: User, sources: LocalSources, tmp_path: Path
) -> None:
    folder = tmp_path / "project"
    write_library(folder / "ledger")
    (folder / "pyproject.toml").write_text(sources.configuration())
    said = publish(publisher, folder)
    assert said.code == 2, said.text
    assert "tool.lading.sources.acme.upload" in said.stderr


def test_an_upload_address_elsewhere_is_the_users_word_and_the_run_repeats_it(
    publisher: User, sources: LocalSources, tmp_path: Path
) -> None:
    folder = tmp_path / "project"
    write_library(folder / "ledger")
    upload = sources.index_upload_url
    (folder / "pyproject.toml").write_text(sources.configuration("azure", upload=upload))
    said = publish(publisher, folder)
    assert said.code == 0, said.text
    assert f"The credential of acme goes to {upload} too" in said.stderr
    elsewhere = [request.method for request in sources.log(host="index")]
    assert elsewhere == ["POST", "POST"]


def test_what_twine_refuses_is_not_uploaded(
    publisher: User, sources: LocalSources, project: Path
) -> None:
    write_library(project / "ledger", readme=None)
    said = publish(publisher, project, "--json")
    assert said.code == 6, said.text
    assert "`long_description` missing" in said.document()["error"]["message"]
    assert published(sources) == set()
