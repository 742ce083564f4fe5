"""A wheel is who its file name says, and fits the target."""

from __future__ import annotations

from pathlib import Path

import pytest

from lading.core.runtimes import runtime_for
from lading.core.wheel import Wheel
from lading.core.wheel.identity import (
    check_file_name,
    check_metadata,
    dist_info_folder,
    wheel_tags,
)


def wheel(filename: str, name: str = "acme-tax", version: str = "1.0") -> Wheel:
    return Wheel(
        name=name, version=version, filename=filename, sha256="", source="", path=Path(filename)
    )


@pytest.mark.parametrize(
    ("tag", "python", "fits"),
    [
        ("py3-none-any", "3.13", True),
        ("py2.py3-none-any", "3.13", True),
        ("cp313-cp313-manylinux_2_31_x86_64", "3.13", True),
        ("cp38-abi3-manylinux2014_x86_64", "3.13", True),
        ("cp313-cp313-manylinux_2_36_x86_64", "3.13", True),
        ("cp311-cp311-manylinux_2_36_x86_64", "3.11", False),
        ("cp312-cp312-manylinux_2_17_x86_64", "3.13", False),
        ("cp313-cp313t-manylinux_2_17_x86_64", "3.13", False),
        ("cp313-cp313-manylinux_2_17_aarch64", "3.13", False),
        ("cp313-cp313-musllinux_1_2_x86_64", "3.13", False),
        ("cp313-cp313-macosx_11_0_arm64", "3.13", False),
        ("py2-none-any", "3.13", False),
    ],
)
def test_only_what_the_target_can_load_fits(tag: str, python: str, *, fits: bool) -> None:
    problems = check_file_name(wheel(f"acme_tax-1.0-{tag}.whl"), runtime_for(python))
    assert (problems == ()) is fits
    assert all(f"Python {python}" in problem for problem in problems)


def test_the_file_name_must_be_of_what_was_locked() -> None:
    other = wheel("acme_tax-2.0-py3-none-any.whl")
    assert check_file_name(other, runtime_for("3.13")) == (
        "the file is acme-tax 2.0, not acme-tax 1.0",
    )
    assert check_file_name(wheel("Acme.Tax-1-py3-none-any.whl"), runtime_for("3.13")) == ()
    assert check_file_name(wheel("nonsense.whl"), runtime_for("3.13")) != ()


def test_metadata_may_spell_name_and_version_in_its_own_way() -> None:
    metadata = b"Metadata-Version: 2.1\nName: Acme_Tax\nVersion: 1.0.0\n"
    told = check_metadata(
        wheel("acme_tax-1.0-py3-none-any.whl"),
        metadata=metadata,
        wheel_file=b"Wheel-Version: 1.9\r\n",
    )
    assert told == ()


def test_every_contradiction_is_told() -> None:
    told = check_metadata(
        wheel("acme_tax-1.0-py3-none-any.whl"), metadata=b"Version: x\n", wheel_file=b""
    )
    assert told == (
        "METADATA names '', not acme-tax",
        "METADATA has the version 'x', not 1.0",
        "WHEEL has the format ''; only 1.x is known",
    )


def test_the_metadata_folder_is_a_top_level_one() -> None:
    names = ["a-1.dist-info/RECORD", "a/b-2.dist-info/RECORD", "c.dist-info"]
    assert dist_info_folder(names) == ("a-1.dist-info",)


def test_tags_are_sorted() -> None:
    tags = wheel_tags("a-1-py3.py2-none-any.whl")
    assert tags == ("py2-none-any", "py3-none-any")
