"""The table of Azure's Python runtimes."""

from __future__ import annotations

import pytest
from packaging.tags import Tag

from lading.core.errors import ConfigError
from lading.core.runtimes import RUNTIMES, runtime_for


def test_a_runtime_loads_wheels_up_to_its_own_glibc_and_no_newer() -> None:
    tags = runtime_for("3.11").tags()
    assert Tag("cp311", "cp311", "manylinux_2_31_x86_64") in tags
    assert Tag("cp311", "cp311", "manylinux2014_x86_64") in tags
    assert Tag("py3", "none", "any") in tags
    assert Tag("cp311", "cp311", "manylinux_2_34_x86_64") not in tags
    assert Tag("cp311", "cp311", "macosx_11_0_arm64") not in tags
    assert Tag("cp312", "cp312", "manylinux2014_x86_64") not in tags


def test_the_stable_abi_of_older_minors_is_loaded() -> None:
    assert Tag("cp39", "abi3", "manylinux_2_28_x86_64") in runtime_for("3.13").tags()


def test_the_best_tag_comes_first() -> None:
    tags = runtime_for("3.13").tags()
    assert tags[0] == Tag("cp313", "cp313", "manylinux_2_36_x86_64")
    assert tags.index(Tag("py3", "none", "any")) > tags.index(
        Tag("cp313", "abi3", "manylinux_2_17_x86_64")
    )


def test_an_unknown_python_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ConfigError) as caught:
        runtime_for("2.7")
    assert "known: 3.10, 3.11, 3.12, 3.13, 3.14" in str(caught.value)


def test_the_table_is_in_order() -> None:
    assert [runtime.minor for runtime in RUNTIMES] == sorted(runtime.minor for runtime in RUNTIMES)
