"""Files at URLs of their own, from the file to what is in the package."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from local_sources import LocalSources
from tests.acceptance.input_forms.projects import add_modules
from tests.small_project import small_archive
from tests.support import make_project, make_wheel
from tests.user import User, modules


@pytest.mark.parametrize("host", ["public", "index"])
def test_wheels_and_archives_at_urls_of_their_own(
    user: User, sources: LocalSources, tmp_path: Path, host: str
) -> None:
    add_modules(sources, "acme-below")
    shelf = sources.public_packages if host == "public" else sources.private_packages
    origin = sources.public.origin if host == "public" else sources.index.origin
    place = f"{origin}/files" if host == "public" else f"{origin}/packages"
    wheel = make_wheel(
        shelf.folder, "direct-wheel", requires=["acme-below"], files={"direct_wheel.py": "A = 1\n"}
    )
    archive = small_archive(shelf.folder, "direct-archive")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    project = make_project(
        tmp_path / "p",
        sources=sources,
        requirements=[
            f"{place}/{wheel.name}",
            f"direct_archive @ {place}/{archive.name}#sha256={digest}",
        ],
    )
    user.builds(project)
    assert modules(project).keys() == {"direct_wheel", "direct_archive", "acme_below"}
    lock = (project / "functionapp/sources.lock").read_text()
    assert digest in lock
    assert hashlib.sha256(wheel.read_bytes()).hexdigest() in lock


def test_a_file_that_was_replaced_at_its_url_is_not_taken(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    folder = sources.public_packages.folder
    wheel = make_wheel(folder, "direct-wheel", files={"direct_wheel.py": "A = 1\n"})
    line = f"{sources.public.origin}/files/{wheel.name}"
    project = make_project(tmp_path / "p", requirements=[line], sources=sources)
    user.builds(project)
    before = (project / "dist/orders.zip").read_bytes()
    # A wheel is no source, wherever it comes from.
    report = json.loads((project / "dist/orders.json").read_text())
    assert "had to be built" in report["sandbox"]
    make_wheel(folder, "direct-wheel", files={"direct_wheel.py": "A = 2\n"})
    said = user.types(project, "build", LADING_CACHE=str(tmp_path / "other store"))
    assert said.code == 4, said.text
    assert wheel.name in said.stderr
    assert "SHA-256" in said.stderr
    assert (project / "dist/orders.zip").read_bytes() == before
