"""A built wheel is judged by what came out."""

from __future__ import annotations

import pytest

from lading.core.errors import BuildError
from lading.core.lock import LockedSource
from lading.core.runtimes import runtime_for
from lading.core.sources.built_wheel import BuiltWheel, check_built_wheel


def judged(
    filename: str,
    *,
    glibc: tuple[int, int] | None = None,
    musl: bool = False,
    pointers: tuple[str, ...] = (),
    version: str = "1.0",
) -> tuple[str, str]:
    built = BuiltWheel(filename=filename, glibc=glibc, musl=musl, pointers=pointers)
    source = LockedSource(kind="git", name="acme-tax", version=version)
    return check_built_wheel(built, source, runtime_for("3.13"), builder="Python 3.11.7")


@pytest.mark.parametrize(
    "filename",
    [
        "acme_tax-1.0-py3-none-any.whl",
        "acme_tax-1.0-py2.py3-none-any.whl",
        "acme_tax-1.0-py3-none-manylinux_2_28_x86_64.whl",
        "acme_tax-1.0-cp39-abi3-linux_x86_64.whl",
        "acme_tax-1.0-cp313-cp313-linux_x86_64.whl",
    ],
)
def test_what_the_target_loads_is_accepted(filename: str) -> None:
    assert judged(filename, glibc=(2, 36)) == ("acme-tax", "1.0")


def test_versions_are_compared_as_versions() -> None:
    assert judged("acme_tax-1.0.0-py3-none-any.whl")[1] == "1.0.0"
    assert judged("acme_tax-3.0-py3-none-any.whl", version="") == ("acme-tax", "3.0")


@pytest.mark.parametrize(
    ("filename", "match"),
    [
        ("acme_tax-1.0-cp311-cp311-linux_x86_64.whl", r"built by Python 3\.11\.7 and cannot"),
        ("acme_tax-1.0-cp313-cp313-macosx_14_0_arm64.whl", r"cannot be loaded by Python 3\.13"),
        ("acme_tax-1.0-cp313-cp313-linux_aarch64.whl", r"cannot be loaded by Python 3\.13"),
        ("acme_tax-1.1-py3-none-any.whl", r"version 1\.0, but the build made 1\.1"),
        ("acme_text-1.0-py3-none-any.whl", r"the source calls itself acme-text"),
        ("acme.whl", r"no wheel's name"),
    ],
)
def test_what_it_cannot_load_or_was_not_locked_is_refused(filename: str, match: str) -> None:
    with pytest.raises(BuildError, match=match):
        judged(filename)


def test_native_code_newer_than_the_image_is_refused() -> None:
    with pytest.raises(BuildError, match=r"needs glibc 2\.38, but Debian 12 has 2\.36"):
        judged("acme_tax-1.0-cp313-cp313-linux_x86_64.whl", glibc=(2, 38))
    with pytest.raises(BuildError, match=r"built for musl"):
        judged("acme_tax-1.0-cp313-cp313-linux_x86_64.whl", musl=True)


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(BuildError) as caught:
        judged("acme_text-1.1-cp39-cp39-linux_x86_64.whl", pointers=("a.bin",))
    assert len(caught.value.message.splitlines()) == 4
    assert "without Git LFS" in caught.value.remedy
