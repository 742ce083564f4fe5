"""A private name has one home, whatever other places offer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lading.core.errors import SourceError
from lading.core.lock.report import render_lock_json, render_lock_text
from local_sources import LocalSources
from local_sources.faults import Fault
from tests.commands.lock.desk import Desk, offer_public, versions
from tests.support import make_project


def test_a_private_name_comes_from_its_source_and_its_requirements_too(desk: Desk) -> None:
    desk.sources.add_wheel("acme-quote", "1.4", requires=["acme-shared>=2", "wares"])
    desk.sources.add_wheel("acme-shared", "2.0")
    offer_public(desk.sources, "wares", "3.0")
    desk.ask("acme-quote")
    outcome = desk.lock()
    assert versions(outcome.lock) == {
        "acme-quote": "1.4 acme",
        "acme-shared": "2.0 acme",
        "wares": "3.0 default",
    }
    assert desk.read() == outcome.lock
    assert outcome.files == ("functionapp/requirements.lock",)
    assert render_lock_text(outcome).startswith("orders: 3 wheels, 0 sources to build for Python")
    names = [one["name"] for one in json.loads(render_lock_json(outcome))["distributions"]]
    assert names == ["acme-quote", "acme-shared", "wares"]


def test_version_99_of_the_public_index_is_never_taken(desk: Desk) -> None:
    desk.sources.add_wheel("acme-deep", "1.0")
    offer_public(desk.sources, "acme-deep", "99.0")
    offer_public(desk.sources, "acme-pricing", "99.0")
    offer_public(desk.sources, "wares", "1.0", "acme-deep")
    desk.ask("wares", "acme-deep")
    assert versions(desk.lock().lock)["acme-deep"] == "1.0 acme"
    assert "99.0" not in desk.text


@pytest.mark.parametrize("fault", ["401", "404", "500", None])
@pytest.mark.parametrize("asked", ["acme-deep", "wares"])
def test_a_private_source_that_fails_is_an_error_and_no_way_to_the_public_index(
    desk: Desk, fault: Fault | None, asked: str
) -> None:
    desk.sources.add_wheel("acme-deep", "1.0")
    offer_public(desk.sources, "acme-deep", "99.0")
    offer_public(desk.sources, "wares", "1.0", "acme-deep")
    offer_public(desk.sources, "wares", "0.9")
    desk.ask(asked)
    if fault is None:
        desk.sources.index.stop()
    else:
        desk.sources.index.fail(fault)
    with pytest.raises(SourceError) as caught:
        desk.lock()
    assert caught.value.exit_code == 4
    assert "acme-deep" in caught.value.message
    assert "source acme" in caught.value.message
    assert caught.value.remedy
    assert not desk.text


def test_a_name_that_was_declared_since_is_not_kept_from_the_public_index(desk: Desk) -> None:
    offer_public(desk.sources, "wares", "99.0")
    desk.sources.add_wheel("wares", "1.0")
    desk.ask("wares")
    assert versions(desk.lock().lock) == {"wares": "99.0 default"}
    configuration = desk.root / "pyproject.toml"
    text = configuration.read_text("utf-8").replace('["acme-*"]', '["acme-*", "wares"]')
    configuration.write_text(text, "utf-8")
    assert versions(desk.lock().lock) == {"wares": "1.0 acme"}


def test_a_feed_that_mirrors_everything_is_the_only_index(
    tmp_path: Path, sources: LocalSources, ambient: dict[str, str]
) -> None:
    root = make_project(tmp_path / "mirrored", requirements=(), sources=sources, feed="mirror")
    desk = Desk(root, sources, ambient)
    sources.public.fail("500")
    sources.add_sdist("acme-quote", "2.0", requires=["idna"])
    desk.ask("acme-quote")
    found = desk.lock().lock
    assert {file.source for file in (*found.files, *found.build_files)} == {"acme"}
    assert [file.name for file in found.build_files] == ["setuptools"]


def test_a_name_that_a_declared_source_also_has_is_told(desk: Desk) -> None:
    offer_public(desk.sources, "wares", "1.0")
    desk.sources.add_wheel("wares", "0.1")
    desk.ask("wares")
    (warning,) = desk.lock().warnings
    assert warning.startswith("wares comes from the default index, but acme has it too")
    assert f"warning: {warning}" in desk.told.lines
