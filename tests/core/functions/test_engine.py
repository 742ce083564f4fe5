"""Which library stands for the worker of a Python minor, and when it is looked for again."""

from __future__ import annotations

import datetime as dt

import pytest

from lading.core.functions.engine import (
    ChosenEngine,
    EngineWish,
    choose_library,
    parse_engine,
    render_engine,
)
from lading.core.index import IndexFile
from lading.core.lock import LockedFile

V2 = EngineWish(model="v2", python=(3, 13))


def offer(version: str, *, yanked: str | None = None, tag: str = "py3-none-any") -> IndexFile:
    filename = f"azure_functions_runtime-{version}-{tag}.whl"
    return IndexFile(
        name=V2.library,
        version=version,
        filename=filename,
        url=f"https://index/{filename}",
        source="default",
        requires_python=">=3.13",
        yanked=yanked,
    )


@pytest.mark.parametrize(
    ("versions", "chosen"),
    [
        (["1.3.0", "1.10.0", "1.9.0"], "1.10.0"),
        (["1.1.0", "1.0.0"], None),
        (["1.1.1", "2.0.0"], "1.1.1"),
        (["1.4.0b1", "1.3.0"], "1.3.0"),
        ([], None),
    ],
)
def test_the_newest_of_the_known_versions_is_taken(versions: list[str], chosen: str | None) -> None:
    found = choose_library([offer(version) for version in versions], V2)
    assert (found.version if found else None) == chosen


def test_what_was_withdrawn_or_is_for_one_machine_is_not_taken() -> None:
    offers = [offer("1.3.0", yanked="broken"), offer("1.4.0", tag="cp313-cp313-win32")]
    assert choose_library(offers, V2) is None


@pytest.mark.parametrize(
    ("python", "sdk", "own"),
    [((3, 10), "azure-functions<2", False), ((3, 13), "azure-functions", True)],
)
def test_before_3_13_it_is_an_equivalent_with_the_older_sdk(
    python: tuple[int, int], sdk: str, *, own: bool
) -> None:
    wish = EngineWish(model="v2", python=python)
    assert wish.requires[0] == sdk
    assert wish.is_azures_own is own
    # The app's own files come last since 3.13, and first before.
    assert wish.import_order[-1 if own else 0] == "package"


def test_a_choice_is_kept_and_grows_old() -> None:
    file = LockedFile(
        name=V2.library,
        version="1.3.0",
        filename="azure_functions_runtime-1.3.0-py3-none-any.whl",
        sha256="0" * 64,
        source="default",
        required_by=("x",),
    )
    chosen = ChosenEngine(files=(file,), chosen=dt.date(2026, 11, 1))
    assert parse_engine(render_engine(chosen)) == chosen
    assert chosen.is_fresh(dt.date(2026, 11, 30))
    assert not chosen.is_fresh(dt.date(2026, 12, 1))


@pytest.mark.parametrize(
    "data", [b"", b"[]", b'{"chosen": "2026-11-01", "files": []}', b'{"x": 1}']
)
def test_what_is_no_choice_is_none(data: bytes) -> None:
    assert parse_engine(data) is None
