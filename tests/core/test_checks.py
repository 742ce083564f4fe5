"""What a package is checked for before it gets its name."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from lading.core.bundle import Bundle, Collision
from lading.core.checks import check_alike, check_collisions, check_pth, check_runtime
from lading.core.layer import SITE_PACKAGES, Layer
from lading.core.runtimes import runtime_for

LAYER = Layer(
    key="k",
    name="setuptools",
    version="1",
    wheel_sha256="0",
    blob_sha256="0",
    members=(),
)
BUNDLE = Bundle(entries=(), collisions=(), alike=(), content_sha256="0")


def test_a_python_within_its_support_is_no_finding() -> None:
    assert check_runtime(runtime_for("3.13"), today=dt.date(2029, 10, 31)) == ()


def test_a_python_past_its_support_is_a_warning() -> None:
    (finding,) = check_runtime(runtime_for("3.10"), today=dt.date(2026, 11, 21))
    assert (finding.code, finding.severity) == ("end-of-support", "warning")
    assert "31 October 2026" in finding.evidence


def test_a_python_that_azure_no_longer_starts_is_an_error() -> None:
    gone = replace(runtime_for("3.10"), starts=False)
    (finding,) = check_runtime(gone, today=dt.date(2020, 1, 1))
    assert finding.severity == "error"


def test_a_pth_file_with_an_effect_is_told_with_its_distribution() -> None:
    (finding,) = check_pth([replace(LAYER, pth=("distutils-precedence.pth",)), LAYER])
    assert (finding.code, finding.subject) == ("pth-ignored", "setuptools")
    assert "distutils-precedence.pth" in finding.evidence


def collision(name: str, *owners: str, folder: bool = False) -> Collision:
    return Collision(name=SITE_PACKAGES + name, owners=owners, folder=folder)


def test_importable_modules_of_two_owners_are_one_error_for_each_pair() -> None:
    names = [collision(f"shared/m{number}.py", "left", "right") for number in range(5)]
    (finding,) = check_collisions(replace(BUNDLE, collisions=tuple(names)))
    assert (finding.code, finding.severity, finding.subject) == ("collision", "error", "right")
    assert "shared/m0.py, shared/m1.py, shared/m2.py and 2 more: left and right" in finding.evidence


def test_other_files_of_two_owners_are_a_warning() -> None:
    (finding,) = check_collisions(
        replace(BUNDLE, collisions=(collision("docs/readme.txt", "left", "right"),))
    )
    assert finding.severity == "warning"


def test_a_file_where_another_has_a_folder_is_an_error() -> None:
    clash = collision("docs", "left", "right", folder=True)
    (finding,) = check_collisions(replace(BUNDLE, collisions=(clash,)))
    assert finding.severity == "error"


def test_names_that_differ_in_case_are_a_warning() -> None:
    (finding,) = check_alike(replace(BUNDLE, alike=("Readme.py",)))
    assert (finding.code, finding.severity) == ("alike-names", "warning")
