"""Sources from folders, archives, URLs and parts of repositories."""

from __future__ import annotations

import hashlib

import pytest

from lading.core.errors import BuildError, SourceError
from lading.core.lock import LockedFile, LockedSource
from lading.core.requirements import GitRequirement, PathRequirement, UrlRequirement
from lading.core.wheel import Wheel
from local_sources import GitCommit, LocalSources
from tests.stages.build_wheels.bench import EXTRA, Bench, contents, git_requirement, thing
from tests.support import make_sdist, make_wheel


def test_a_subdirectory_is_built_and_one_that_is_not_there_is_told(
    bench: Bench, sources: LocalSources
) -> None:
    files = {f"libs/thing/{name}": content for name, content in thing().items()}
    url = git_requirement(sources, GitCommit(files=files)).url
    workshop = bench.workshop()
    wanted = GitRequirement(name="thing", url=url, origin="r:1", subdirectory="libs/thing")
    assert workshop.build(workshop.pin(wanted), ()).version == "1.0"
    for name in ("libs/thong", "../../.."):
        absent = GitRequirement(name="thing", url=url, origin="r:1", subdirectory=name)
        with pytest.raises(BuildError, match=rf"{url} has no folder"):
            workshop.pin(absent)


def test_a_folder_is_built_elsewhere_and_rebuilt_when_it_changes(bench: Bench) -> None:
    folder = bench.project.root / "libs" / "thing"
    for name, content in thing().items():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(str(content))
    before = sorted(path.name for path in folder.rglob("*"))
    workshop = bench.workshop()
    pinned = workshop.pin(PathRequirement(name="thing", path="libs/thing", origin="r:1"))
    assert pinned == LockedSource(kind="path", name="thing", version="", path="libs/thing")
    first = workshop.build(pinned, ())
    assert workshop.build(pinned, ()) == first
    ran = len(bench.open_while_running)
    (folder / "extra.py").write_text(EXTRA.replace("A = 1", "A = 2"))
    assert contents(workshop.build(pinned, ()))["thing.py"] == b"A = 2\n"
    assert len(bench.open_while_running) > ran
    assert sorted(path.name for path in folder.rglob("*")) == before


def test_a_wheel_at_a_path_or_url_is_used_as_it_is(bench: Bench, sources: LocalSources) -> None:
    wheel = make_wheel(bench.project.root / "wheels", "thing", "3.1")
    workshop = bench.workshop()
    requirement = PathRequirement(name=None, path=f"wheels/{wheel.name}", origin="r:1")
    pinned = workshop.pin(requirement)
    assert (pinned.name, pinned.version) == ("thing", "3.1")
    assert workshop.build(pinned, ()).path == wheel

    served = sources.add_wheel("acme-direct", "2.0")
    url = f"{sources.index.origin}/packages/{served.name}"
    fetched = workshop.pin(UrlRequirement(name="acme-direct", url=url, origin="r:2"))
    assert (fetched.name, fetched.version, len(fetched.sha256)) == ("acme-direct", "2.0", 64)
    assert workshop.build(fetched, ()).path.read_bytes() == served.read_bytes()
    wrong = UrlRequirement(name="a", url=url, origin="r:2", hashes=(f"sha256:{'0' * 64}",))
    with pytest.raises(SourceError, match=r"is not the one that was asked for"):
        workshop.pin(wrong)
    assert bench.open_while_running == []


def test_a_source_archive_without_build_requirements_says_what_is_missing(bench: Bench) -> None:
    archive = make_sdist(bench.project.root / "sdists", "thing", "1.5")
    pinned = LockedSource(kind="path", name="thing", version="1.5", path=f"sdists/{archive.name}")
    with pytest.raises(BuildError, match=r"setuptools"):
        bench.workshop().build(pinned, ())


def test_a_source_archive_of_the_index_is_fetched_and_built(
    bench: Bench, sources: LocalSources, build_tools: tuple[Wheel, ...]
) -> None:
    archive = sources.add_sdist("acme-old", "1.2", setup_py=None)
    file = LockedFile(
        name="acme-old",
        version="1.2",
        filename=archive.name,
        sha256=hashlib.sha256(archive.read_bytes()).hexdigest(),
        source="acme",
    )
    source = LockedSource(kind="archive", name="acme-old", version="1.2", file=file)
    wheel = bench.workshop().build(source, build_tools)
    assert (wheel.name, wheel.version, wheel.source) == ("acme-old", "1.2", "acme")
