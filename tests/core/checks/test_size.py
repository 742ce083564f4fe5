"""Sizes: Azure's limit before and after the download, and the owner's budget."""

from __future__ import annotations

from dataclasses import replace

from lading.core.bundle import Bundle, Entry
from lading.core.checks.size import FLEX_STORAGE, LARGEST_PACKAGE, check_download, check_size
from lading.core.findings import Finding
from lading.core.layer import Layer, Member
from lading.core.lock import LockedFile

LAYER = Layer(key="k", name="", version="", wheel_sha256="", blob_sha256="", members=())
MEMBER = Member(
    name="x", mode=0o644, size=0, sha256="", crc=0, method=0, compressed_size=0, offset=0
)


def wheel(name: str, size: int | None) -> LockedFile:
    filename = f"{name}-1-py3-none-any.whl"
    return LockedFile(
        name=name, version="1", filename=filename, sha256="", source="default", size=size
    )


def bundle_of(**sizes: int) -> Bundle:
    entries = tuple(
        Entry(
            name=name,
            member=replace(MEMBER, compressed_size=size),
            layer=replace(LAYER, name=name),
        )
        for name, size in sizes.items()
    )
    return Bundle(entries=entries, collisions=(), alike=(), content_sha256="")


def download(*files: LockedFile, budget: int | None = None) -> tuple[Finding, ...]:
    return check_download(files, budget=budget)


def test_too_much_is_refused_before_it_is_downloaded_and_the_largest_are_named() -> None:
    (finding,) = download(wheel("torch", 900 << 20), wheel("nvidia-cudnn", 600 << 20))
    assert (finding.code, finding.severity) == ("too-large", "error")
    assert "the wheels alone are 1500.0 MiB" in finding.evidence
    assert "torch 900.0 MiB, nvidia-cudnn 600.0 MiB" in finding.evidence
    assert "without GPU code" in finding.remedy


def test_unknown_sizes_and_small_ones_are_no_finding() -> None:
    assert download(wheel("torch", None), wheel("numpy", 20 << 20)) == ()


def test_a_package_over_the_limit_is_an_error() -> None:
    (finding,) = check_size(bundle_of(data=LARGEST_PACKAGE + 1), budget=None)
    assert (finding.code, finding.severity) == ("too-large", "error")
    assert check_size(bundle_of(data=LARGEST_PACKAGE), budget=LARGEST_PACKAGE) == ()


def test_a_package_over_its_budget_is_a_warning() -> None:
    bundle = bundle_of(pandas=30 << 20, numpy=20 << 20)
    (finding,) = check_size(bundle, budget=49 << 20)
    assert (finding.code, finding.severity) == ("over-budget", "warning")
    assert (
        "the package is 50.0 MiB, over its size-budget of 49.0 MiB: pandas 30.0 MiB"
        in finding.evidence
    )
    assert check_size(bundle, budget=50 << 20) == ()


def test_a_budget_is_told_before_the_download_too() -> None:
    (finding,) = download(wheel("numpy", 20 << 20), budget=10 << 20)
    assert (finding.code, finding.severity) == ("over-budget", "warning")
    assert "the wheels alone are 20.0 MiB, over its size-budget of 10.0 MiB" in finding.evidence


def test_without_a_budget_the_smallest_plan_is_one() -> None:
    (finding,) = check_size(bundle_of(data=FLEX_STORAGE + 1), budget=None)
    assert (finding.code, finding.severity) == ("over-budget", "warning")
    assert "more than Flex Consumption gives an instance for files (762.9 MiB)" in finding.evidence
    assert check_size(bundle_of(data=FLEX_STORAGE), budget=None) == ()
