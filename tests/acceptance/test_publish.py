"""`publish`: a library goes to a private index, and an app vendors it from there."""

from __future__ import annotations

import os
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from lading.core.secret import encodings
from local_sources import LocalSources
from local_sources.sources import Feed
from tests.library import write_library
from tests.support import make_project, require
from tests.user import Said, User, modules

WHEEL, SDIST = "acme_ledger-1.0-py3-none-any.whl", "acme_ledger-1.0.tar.gz"


def write_project(sources: LocalSources, folder: Path, feed: Feed = "index") -> Path:
    """Write a project that declares sources and nothing else."""
    folder.mkdir()
    upload = sources.index_upload_url if feed == "index" else sources.azure_upload_url
    (folder / "pyproject.toml").write_text(sources.configuration(feed, upload=upload))
    return folder


@pytest.fixture
def project(sources: LocalSources, tmp_path: Path) -> Path:
    return write_project(sources, tmp_path / "project")


@pytest.fixture
def publisher(user: User, sources: LocalSources) -> User:
    """Return a user who may upload."""
    user.environment["ACME_TOKEN"] = sources.publisher_token
    return user


def publish(user: User, project: Path, *words: str, **variables: str) -> Said:
    return user.types(
        project, "publish", "--folder", "ledger", "--source", "acme", *words, **variables
    )


def published(sources: LocalSources) -> set[str]:
    return {link.filename for link in sources.private_packages.links("acme-ledger")}


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("feed", ["index", "azure"])
def test_what_was_published_is_vendored_by_an_app(
    publisher: User, sources: LocalSources, tmp_path: Path, feed: Feed
) -> None:
    project = write_project(sources, tmp_path / "project", feed)
    private = ("Private :: Do Not Upload",)
    library = write_library(project / "ledger", version="1.0+local.7", classifiers=private)
    before = snapshot(library)
    said = publish(publisher, project, "--json")
    assert said.code == 0, said.text
    document = said.document()
    assert (document["name"], document["version"]) == ("acme-ledger", "1.0+local.7")
    assert [(one["outcome"], one["evidence"]) for one in document["files"]] == [
        ("uploaded", "same hash")
    ] * 2
    assert snapshot(library) == before
    app = make_project(tmp_path / "app", requirements=["acme-ledger"], sources=sources, feed=feed)
    publisher.builds(app, ACME_TOKEN=sources.token)
    assert modules(app)["acme_ledger"] == "VERSION = '1.0+local.7'\n"
    lock = (app / "functionapp/requirements.lock").read_text()
    wheel = next(one for one in document["files"] if one["filename"].endswith(".whl"))
    assert wheel["sha256"] in lock


def test_published_twice_it_is_there_already(
    publisher: User, sources: LocalSources, project: Path
) -> None:
    library = write_library(project / "ledger")
    said = publish(publisher, project)
    assert said.code == 0, said.text
    assert f"{WHEEL} is uploaded" in said.stderr
    assert "is in acme" in said.stdout
    # On another machine, and on another day.
    (library / "acme_ledger.py").touch()
    sources.log.clear()
    again = publish(publisher, project, LADING_CACHE=str(project / "other-store"))
    assert again.code == 0, again.text
    assert "already" in again.stdout
    assert [request for request in sources.log() if request.method == "POST"] == []
    (library / "acme_ledger.py").write_text("VERSION = 'other'\n")
    third = publish(publisher, project)
    assert third.code == 4, third.text
    assert WHEEL in third.stderr
    assert SDIST in third.stderr
    assert "raise the version" in third.stderr


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


def test_a_refused_credential_is_told_before_anything_is_built(
    publisher: User, project: Path
) -> None:
    write_library(project / "ledger", more="\nraise SystemExit('it was built')\n")
    said = publish(publisher, project, ACME_TOKEN="not-the-token")
    assert said.code == 4, said.text
    assert "401" in said.stderr
    assert "it was built" not in said.text


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


def test_what_twine_refuses_is_not_uploaded(
    publisher: User, sources: LocalSources, project: Path
) -> None:
    write_library(project / "ledger", readme=None)
    said = publish(publisher, project, "--json")
    assert said.code == 6, said.text
    assert "`long_description` missing" in said.document()["error"]["message"]
    assert published(sources) == set()


def test_a_build_requirement_may_be_private(
    publisher: User, sources: LocalSources, project: Path
) -> None:
    helper = {"acme_helper.py": "def check():\n    print('helped')\n"}
    sources.add_wheel("acme-helper", "1.0", files=helper)
    sources.public_packages.add_wheel("acme-helper", "99.0", files={"acme_helper.py": "1/0\n"})
    write_library(
        project / "ledger",
        build_requires=["acme-helper"],
        more="\nimport acme_helper\nacme_helper.check()\n",
    )
    said = publish(publisher, project)
    assert said.code == 0, said.text
    assert published(sources) == {WHEEL, SDIST}
    assert not sources.log(host="public", path="acme-helper")


# What a build may look into: its own environment and arguments, and every process that it sees.
_SPY = """
import glob, sys

def _look():
    found = [str(dict(os.environ)), str(sys.argv)]
    for name in glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline"):
        try:
            found.append(open(name, "rb").read().decode("utf-8", "replace"))
        except OSError:
            pass
    pathlib.Path("acme_seen.py").write_text(repr("".join(found)))

_look()
"""


def test_the_credential_is_nowhere_but_at_its_source(
    publisher: User, sources: LocalSources, project: Path, tmp_path: Path
) -> None:
    write_library(project / "ledger", more=_SPY)
    said = publish(publisher, project, "--verbose")
    assert said.code == 0, said.text
    forms = encodings(sources.publisher_token)
    everything = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    everything.append(said.text.encode())
    inside = _unpacked(sources.private_packages.folder)
    seen = [text for name, text in inside.items() if name.endswith("/acme_seen.py")]
    assert seen
    assert all(b"SOURCE_DATE_EPOCH" in text for text in seen), "the build did not look"
    everything += inside.values()
    assert not [form for form in forms if any(form.encode() in one for one in everything)]
    assert sources.log.leaks("acme-publisher", home="index") == ()


def _unpacked(shelf: Path) -> dict[str, bytes]:
    """Return the members of what was published."""
    found: dict[str, bytes] = {}
    with zipfile.ZipFile(shelf / WHEEL) as wheel:
        found |= {f"{WHEEL}/{name}": wheel.read(name) for name in wheel.namelist()}
    with tarfile.open(shelf / SDIST) as archive:
        for member in archive:
            content = archive.extractfile(member)
            found[f"{SDIST}/{member.name}"] = content.read() if content else b""
    return found


def test_a_redirected_upload_is_an_error_and_nobody_else_sees_it(
    publisher: User, sources: LocalSources, tmp_path: Path
) -> None:
    project = write_project(sources, tmp_path / "project", "azure")
    write_library(project / "ledger")
    sources.azure.fail("redirect-to-host", where="/upload/")
    said = publish(publisher, project)
    assert said.code == 4, said.text
    assert "redirect" in said.stderr
    assert sources.log.leaks("acme-publisher", home="azure", scope="/acme/") == ()


def test_no_pypirc_netrc_or_twine_variable_is_read(
    publisher: User, sources: LocalSources, project: Path
) -> None:
    write_library(project / "ledger")
    home = Path(publisher.environment["HOME"])
    elsewhere = f"{sources.other.origin}/"
    (home / ".pypirc").write_text(
        f"[distutils]\nindex-servers = acme\n[acme]\nrepository = {elsewhere}\n"
        "username = u\npassword = p\n"
    )
    (home / ".netrc").write_text("machine localhost login u password p\n")
    (home / ".netrc").chmod(0o600)
    twine = {"TWINE_REPOSITORY_URL": elsewhere, "TWINE_USERNAME": "u", "TWINE_PASSWORD": "p"}
    said = publish(publisher, project, **twine)
    assert said.code == 0, said.text
    assert published(sources) == {WHEEL, SDIST}
    assert not sources.log(host="other")
    assert {request.credential for request in sources.log(host="index")} == {"acme-publisher"}


def test_a_version_tool_sees_the_tag_of_the_checkout(
    publisher: User, sources: LocalSources, project: Path
) -> None:
    require("git")
    library = write_library(project / "ledger")
    (library / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["setuptools", "setuptools-scm"]\n'
        'build-backend = "setuptools.build_meta"\n'
        '[project]\nname = "acme-ledger"\ndynamic = ["version"]\nreadme = "README.md"\n'
        '[tool.setuptools]\npy-modules = ["acme_ledger"]\n[tool.setuptools_scm]\nroot = ".."\n'
    )
    (library / "back_end.py").unlink()
    who = ("-c", "user.name=Ann", "-c", "user.email=ann@acme.example")
    environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull}
    for words in (
        ("init", "--quiet"),
        ("add", "."),
        (*who, "commit", "--quiet", "-m", "First"),
        ("tag", "v1.0"),
    ):
        subprocess.run(["git", *words], cwd=project, env=environment, check=True)
    before = snapshot(project)
    said = publish(publisher, project)
    assert said.code == 0, said.text
    assert published(sources) == {WHEEL, SDIST}
    assert snapshot(project) == before
