"""A source is pinned to what it is, built as that, and refused as anything else."""

from __future__ import annotations

import pytest

from lading.core.errors import BuildError, SourceError
from lading.core.lock import LockedSource
from lading.core.requirements import GitRequirement
from local_sources import GitCommit, LocalSources
from tests.stages.build_wheels.bench import Bench, contents, git_requirement, thing


def test_a_git_requirement_is_pinned_asked_and_built(bench: Bench, sources: LocalSources) -> None:
    requirement = git_requirement(sources, GitCommit(files=thing(), tags=("v1",)))
    workshop = bench.workshop()
    pinned = workshop.pin(requirement)
    commit = sources.repository("/acme/platform/_git/thing").resolve("main")
    assert pinned == LockedSource(
        kind="git", name="", version="", url=requirement.url, commit=commit
    )
    assert workshop.read_metadata(pinned) is None
    assert workshop.read_build_requires(pinned) == ()
    assert workshop.ask_build_requires(pinned, ()) == ("alpha", "zeta>=2")
    wheel = workshop.build(pinned, ())
    assert (wheel.name, wheel.version, wheel.source) == ("thing", "1.0", "acme-git")
    assert contents(wheel)["thing.py"] == b"A = 1\n"
    assert b"Name: thing" in (workshop.read_metadata(pinned) or b"")


def test_everything_is_there_again_without_network(bench: Bench, sources: LocalSources) -> None:
    requirement = git_requirement(sources, GitCommit(files=thing()))
    pinned = bench.workshop().pin(requirement)
    built = bench.workshop().build(pinned, ())
    offline = bench.workshop(offline=True)
    ran = len(bench.open_while_running)
    sources.git.stop()
    assert offline.build(pinned, ()) == built
    assert offline.read_build_requires(pinned) == ()
    assert len(bench.open_while_running) == ran, "what was built before was built again"


def test_offline_says_what_is_missing(bench: Bench, sources: LocalSources) -> None:
    pinned = LockedSource(
        kind="git", name="thing", version="", url=sources.tax_url, commit="1" * 40
    )
    with pytest.raises(SourceError, match=r"at 111111111111 is not in the store") as caught:
        bench.workshop(offline=True).build(pinned, ())
    assert caught.value.remedy == "Run once without --offline."


def test_static_metadata_is_read_without_running_anything(
    bench: Bench, sources: LocalSources
) -> None:
    workshop = bench.workshop()
    pinned = workshop.pin(GitRequirement(name="acme-tax", url=sources.tax_url, origin="r.txt:1"))
    assert (pinned.name, bench.open_while_running) == ("acme-tax", [])


def test_a_requirement_of_another_name_is_refused(bench: Bench, sources: LocalSources) -> None:
    project = '[project]\nname = "other"\nversion = "1"\n'
    requirement = git_requirement(sources, GitCommit(files={"pyproject.toml": project}))
    wanted = GitRequirement(name="thing", url=requirement.url, origin="r.txt:7")
    with pytest.raises(BuildError, match=r"r.txt:7: thing is asked for.*calls itself other"):
        bench.workshop().pin(wanted)


@pytest.mark.parametrize(
    ("extra", "match"),
    [
        ('VERSION = "1.1"', "the lock says version 1.0, but the build made 1.1"),
        ('NAME = "thong"', "the lock says thing, but the source calls itself thong"),
        ('TAG = "cp39-cp39-linux_x86_64"', "was built by Python .* and cannot be loaded"),
        (
            "def contents(): return {'data/x.bin': POINTER}",
            r"Git LFS pointers .* data/x\.bin",
        ),
    ],
)
def test_a_wheel_that_is_not_what_the_lock_says_is_refused(
    bench: Bench, sources: LocalSources, extra: str, match: str
) -> None:
    workshop = bench.workshop()
    pinned = workshop.pin(git_requirement(sources, GitCommit(files=thing(f"\n{extra}\n"))))
    locked = LockedSource(
        kind="git", name="thing", version="1.0", url=pinned.url, commit=pinned.commit
    )
    with pytest.raises(BuildError, match=match):
        workshop.build(locked, ())
