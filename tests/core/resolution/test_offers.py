from __future__ import annotations

import pytest

from lading.core.index import IndexFile
from lading.core.machine import target_machine
from lading.core.resolution.offers import choose_offer, choose_offers, fits, stand_in
from lading.core.runtimes import runtime_for

MACHINE = target_machine(runtime_for("3.13"))
NATIVE = "cp313-cp313-manylinux_2_28_x86_64"


def wheel(
    tag: str,
    version: str = "1.0",
    *,
    yanked: str | None = None,
    requires_python: str | None = None,
) -> IndexFile:
    return listed(f"wares-{version}-{tag}.whl", version, yanked, requires_python)


def archive(version: str = "1.0", *, yanked: str | None = None) -> IndexFile:
    return listed(f"wares-{version}.tar.gz", version, yanked, None)


def listed(
    filename: str, version: str, yanked: str | None, requires_python: str | None
) -> IndexFile:
    return IndexFile(
        name="wares",
        version=version,
        filename=filename,
        url=f"https://files.example/{filename}",
        source="default",
        yanked=yanked,
        requires_python=requires_python,
    )


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (wheel(NATIVE), wheel("py3-none-any")),
        (wheel("cp313-cp313-manylinux_2_34_x86_64"), wheel(NATIVE)),
        (wheel(NATIVE), wheel("cp312-abi3-manylinux_2_28_x86_64")),
        (wheel(f"2-{NATIVE}"), wheel(f"1a-{NATIVE}")),
        (wheel(f"10-{NATIVE}"), wheel(f"9-{NATIVE}")),
        (wheel("py3-none-any"), wheel(NATIVE, yanked="broken")),
        (wheel("py3-none-any"), wheel(NATIVE, requires_python=">=3.14")),
        (wheel("py2.py3-none-any"), wheel("py2-none-any")),
    ],
)
def test_the_file_that_an_installer_would_take_is_chosen(
    better: IndexFile, worse: IndexFile
) -> None:
    for files in ([worse, better], [better, worse]):
        (offer,) = choose_offers(files, MACHINE)
        assert offer.file == better


@pytest.mark.parametrize(
    "tag",
    [
        "cp312-cp312-manylinux_2_28_x86_64",
        "cp313-cp313-manylinux_2_39_x86_64",
        "cp313-cp313-musllinux_1_2_x86_64",
        "cp313-cp313-manylinux_2_28_aarch64",
        "cp313-cp313-win_amd64",
        "cp313-cp313t-manylinux_2_28_x86_64",
        "py2-none-any",
    ],
)
def test_a_wheel_that_the_target_cannot_load_is_never_chosen(tag: str) -> None:
    (offer,) = choose_offers([wheel(tag)], MACHINE)
    assert not offer.usable
    assert not fits(f"wares-1.0-{tag}.whl", MACHINE)


def test_a_version_with_only_an_archive_is_shown_as_the_wheel_it_will_be() -> None:
    (offer,) = choose_offers([archive("2.0")], MACHINE)
    assert offer.must_be_built
    assert offer.file == archive("2.0")
    assert offer.shown == stand_in("wares", "2.0", source="default")
    assert offer.shown.filename == "wares-2.0-py3-none-any.whl"


def test_an_archive_is_offered_where_no_wheel_fits() -> None:
    (offer,) = choose_offers([wheel("cp313-cp313-win_amd64"), archive()], MACHINE)
    assert offer.must_be_built


def test_a_wheel_is_preferred_to_the_archive_of_its_version_and_not_of_another() -> None:
    offers = choose_offers([archive("1.9"), wheel("py3-none-any", "1.9"), archive("2.0")], MACHINE)
    assert [(offer.version, offer.must_be_built) for offer in offers] == [
        ("1.9", False),
        ("2.0", True),
    ]


def test_versions_are_ordered_as_versions() -> None:
    offers = choose_offers([archive("1.10"), archive("1.9"), archive("1.10rc1")], MACHINE)
    assert [offer.version for offer in offers] == ["1.9", "1.10rc1", "1.10"]


def test_a_version_that_fits_in_no_way_is_shown_so_that_a_resolver_can_say_why() -> None:
    windows = wheel("cp313-cp313-win_amd64")
    (offer,) = choose_offers([windows], MACHINE)
    assert (offer.usable, offer.must_be_built, offer.shown) == (False, False, windows)


def test_a_version_is_found_however_it_is_written() -> None:
    offer = choose_offer([wheel("py3-none-any", "1.0")], "1.0.0", MACHINE)
    assert offer is not None
    assert offer.version == "1.0"
    assert choose_offer([wheel("py3-none-any", "1.0")], "1.1", MACHINE) is None
