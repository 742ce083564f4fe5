"""Lock → Wheels: everything is fetched before anything is built, with what was locked for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lading.core.errors import LockError
from lading.core.lock import Lock, LockedFile, LockedSource
from lading.core.wheel import Wheel
from lading.stages.gather import gather_wheels


def locked(name: str) -> LockedFile:
    filename = f"{name}-1.0-py3-none-any.whl"
    return LockedFile(name=name, version="1.0", filename=filename, sha256="0" * 64, source="acme")


def source(name: str, *requires: str) -> LockedSource:
    return LockedSource(
        kind="git", name=name, version="1.0", url="u", commit="c", build_requires=requires
    )


def wheel(name: str) -> Wheel:
    filename = f"{name}-1.0-py3-none-any.whl"
    return Wheel(
        name=name,
        version="1.0",
        filename=filename,
        sha256="0" * 64,
        source="acme",
        path=Path(filename),
    )


class Yard:
    """Fetches and builds by writing down what it was asked for."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def fetch(self, files: tuple[LockedFile, ...]) -> tuple[Wheel, ...]:
        """Fetch."""
        self.told.append(f"fetch {' '.join(file.name for file in files)}")
        return tuple(wheel(file.name) for file in files)

    def build(self, source: LockedSource, wheels: tuple[Wheel, ...]) -> Wheel:
        """Build."""
        self.told.append(f"build {source.name} with {' '.join(one.name for one in wheels)}")
        return wheel(source.name)


def lock(**parts: tuple[LockedFile, ...] | tuple[LockedSource, ...]) -> Lock:
    plain: dict[str, tuple[LockedFile, ...]] = {"files": (), "build_files": ()}
    built: dict[str, tuple[LockedSource, ...]] = {"sources": (), "build_sources": ()}
    return Lock(
        python="3.13",
        platform="p",
        fingerprint="f",
        **(plain | {k: v for k, v in parts.items() if k in plain}),  # type: ignore[arg-type]
        **(built | {k: v for k, v in parts.items() if k in built}),  # type: ignore[arg-type]
    )


def test_all_is_fetched_before_the_first_source_is_built() -> None:
    yard = Yard()
    wheels = gather_wheels(
        lock(
            files=(locked("requests"),),
            build_files=(locked("setuptools"),),
            sources=(source("acme-tax", "setuptools==1.0"),),
        ),
        fetch=yard.fetch,
        workshop=yard,
    )
    assert yard.told == ["fetch requests setuptools", "build acme-tax with setuptools"]
    assert [one.name for one in wheels] == ["requests", "acme-tax"]


def test_what_a_source_is_built_with_is_built_once_before_it() -> None:
    yard = Yard()
    gather_wheels(
        lock(
            build_files=(locked("setuptools"),),
            build_sources=(source("acme-build", "setuptools==1.0"),),
            sources=(source("one", "acme-build==1.0"), source("two", "acme-build==1.0")),
        ),
        fetch=yard.fetch,
        workshop=yard,
    )
    assert yard.told[1:] == [
        "build acme-build with setuptools",
        "build one with acme-build",
        "build two with acme-build",
    ]


@pytest.mark.parametrize(
    "build_sources",
    [(), (source("tool", "other==1.0"), source("other", "tool==1.0"))],
    ids=["missing", "in a circle"],
)
def test_a_lock_that_lacks_a_build_requirement_is_refused(
    build_sources: tuple[LockedSource, ...],
) -> None:
    yard = Yard()
    damaged = lock(sources=(source("one", "tool==1.0"),), build_sources=build_sources)
    with pytest.raises(LockError, match=r"tool==1\.0"):
        gather_wheels(damaged, fetch=yard.fetch, workshop=yard)
