"""A build that fails, or gives something else than it should, publishes nothing."""

from __future__ import annotations

from pathlib import Path

from local_sources import LocalSources
from tests.acceptance.publish.library import SDIST, publish, published
from tests.library import write_library
from tests.user import User


def test_a_back_end_that_fails_writes_nothing_but_text_on_a_terminal(
    publisher: User, project: Path
) -> None:
    fails = """
def build_sdist(directory, config_settings=None):
    raise ValueError("\\x1b]52;c;aGk=\\x07\\x1b[2J\\x9b2Jsaid\\rover \\x1b[31mred\\u202e")
"""
    write_library(project / "ledger", more=fails)
    said = publish(publisher, project)
    assert said.code == 5, said.text
    assert "said\n" in said.stderr
    assert not {"\x1b", "\x07", "\x9b", "\r", "\u202e"} & set(said.text)


def test_a_back_end_cannot_publish_under_a_name_that_the_source_does_not_own(
    publisher: User, sources: LocalSources, project: Path
) -> None:
    # Filename and wheel say acme-ledger; an index files an archive under its metadata's name.
    disguise = """
_plain = _about


def _about():
    stem, metadata = _plain()
    if not pathlib.Path("PKG-INFO").exists():
        metadata = metadata.replace(b"Name: acme-ledger", b"Name: requests")
    return stem, metadata
"""
    write_library(project / "ledger", more=disguise)
    said = publish(publisher, project)
    assert said.code == 6, said.text
    assert f"{SDIST}: its metadata is that of 'requests' '1.0'" in said.stderr
    assert [request for request in sources.log() if request.method == "POST"] == []


def test_a_build_that_fails_shows_what_it_said(
    publisher: User, sources: LocalSources, project: Path
) -> None:
    write_library(project / "ledger", more="\nraise SystemExit('out of ink')\n")
    said = publish(publisher, project)
    assert said.code == 5, said.text
    assert "out of ink" in said.stderr
    assert published(sources) == set()


def test_a_wheel_of_another_version_than_its_archive_is_refused(
    publisher: User, sources: LocalSources, project: Path
) -> None:
    moody = """
def _about(tell=_about):
    stem, metadata = tell()
    if not pathlib.Path("PKG-INFO").exists():
        return stem, metadata
    return stem + ".1", metadata.replace(b"Version: 1.0", b"Version: 1.0.1")
"""
    write_library(project / "ledger", more=moody)
    said = publish(publisher, project)
    assert said.code == 5, said.text
    assert "not one name and version" in said.stderr
    assert published(sources) == set()


def test_an_archive_with_a_name_of_its_own_is_refused(
    publisher: User, sources: LocalSources, project: Path
) -> None:
    odd = """
def build_sdist(directory, config_settings=None):
    pathlib.Path(directory, "-.tar.gz").write_text("")
    return "-.tar.gz"
"""
    write_library(project / "ledger", more=odd)
    said = publish(publisher, project)
    assert said.code == 5, said.text
    assert "no source archive's name" in said.stderr
    assert published(sources) == set()
