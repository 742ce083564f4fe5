"""Versions are chosen for the target, and where none can be, both sides are named."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from lading.core.errors import ResolutionError
from tests.commands.lock.desk import Desk, offer_public


def test_a_conflict_names_the_two_sides_and_no_address_of_the_broker(desk: Desk) -> None:
    offer_public(desk.sources, "left", "1.0", "parts<2")
    offer_public(desk.sources, "right", "1.0", "parts>=2")
    offer_public(desk.sources, "parts", "1.0")
    offer_public(desk.sources, "parts", "2.0")
    desk.ask("left", "right")
    with pytest.raises(ResolutionError) as caught:
        desk.lock()
    assert caught.value.exit_code == 5
    lines = caught.value.message.splitlines()
    assert lines[0] == "no version of parts satisfies everybody:"
    assert sorted(lines[1:3]) == [
        "  left (asked for in functionapp/requirements.txt) needs parts<2",
        "  right (asked for in functionapp/requirements.txt) needs parts>=2",
    ]
    assert "127.0.0.1" not in str(caught.value)


def test_a_public_name_that_nobody_has_is_named_with_who_wants_it(desk: Desk) -> None:
    offer_public(desk.sources, "wares", "1.0", "no-such-parts")
    desk.ask("wares")
    with pytest.raises(ResolutionError) as caught:
        desk.lock()
    assert "the default index has no package named no-such-parts" in caught.value.message
    assert "wares need it" in caught.value.message


def test_requirements_that_resolve_to_nothing_are_an_error(desk: Desk) -> None:
    offer_public(desk.sources, "wares", "1.0")
    desk.ask("wares ; sys_platform == 'win32'")
    with pytest.raises(ResolutionError, match="every marker is false"):
        desk.lock()


def test_markers_and_wheels_are_those_of_the_target_and_not_of_this_machine(desk: Desk) -> None:
    shelf = desk.sources.public_packages
    shelf.add_wheel("wares", "1.0", requires=["parts ; python_version == '3.13'"])
    shelf.add_wheel("parts", "1.0", tag="cp313-cp313-manylinux_2_28_x86_64")
    shelf.add_wheel("parts", "1.0", tag="cp313-cp313-win_amd64")
    shelf.add_wheel("parts", "1.0", tag="py3-none-any")
    shelf.add_wheel("parts", "2.0", tag="cp312-cp312-manylinux_2_28_x86_64")
    configuration = desk.root / "pyproject.toml"
    configuration.write_text(configuration.read_text("utf-8").replace('"3.11"', '"3.13"'), "utf-8")
    desk.ask("wares")
    found = desk.lock().lock
    assert [file.filename for file in found.files] == [
        "parts-1.0-cp313-cp313-manylinux_2_28_x86_64.whl",
        "wares-1.0-py3-none-any.whl",
    ]


def test_hashes_in_requirements_allow_only_their_files(desk: Desk) -> None:
    path = desk.sources.public_packages.add_wheel("wares", "1.0")
    sha256 = sha256_of(path)
    desk.ask(f"wares==1.0 --hash=sha256:{sha256}")
    assert [file.sha256 for file in desk.lock().lock.files] == [sha256]
    desk.ask(f"wares==1.0 --hash=sha256:{'0' * 64}")
    with pytest.raises(ResolutionError):
        desk.lock()


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
