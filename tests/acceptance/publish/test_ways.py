"""`publish`: a library goes to a private index, and an app vendors it from there."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from local_sources import LocalSources
from local_sources.sources import Feed
from tests.acceptance.publish.library import SDIST, WHEEL, publish, published, write_project
from tests.library import write_library
from tests.support import make_project, require
from tests.user import User, modules


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
