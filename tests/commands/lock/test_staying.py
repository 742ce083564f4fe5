"""What is locked stays until somebody wants it otherwise."""

from __future__ import annotations

import pytest

from lading.commands.lock import LockOptions
from lading.core.errors import LadingError
from lading.core.lock.diff import render_diff
from tests.commands.lock.desk import Desk, offer_public, versions


def test_what_is_locked_stays_until_an_upgrade(desk: Desk) -> None:
    offer_public(desk.sources, "wares", "1.0", "parts")
    offer_public(desk.sources, "parts", "1.0")
    desk.ask("wares")
    first = desk.lock()
    assert first.changed
    offer_public(desk.sources, "wares", "2.0", "parts")
    offer_public(desk.sources, "parts", "2.0")
    again = desk.lock()
    assert (again.lock, again.changed) == (first.lock, False)
    assert render_diff(again.diff) == "The lock did not change.\n"
    one = desk.lock(LockOptions(upgrade_packages=("parts",)))
    assert versions(one.lock) == {"wares": "1.0 default", "parts": "2.0 default"}
    everything = desk.lock(LockOptions(upgrade=True))
    assert versions(everything.lock) == {"wares": "2.0 default", "parts": "2.0 default"}


def test_a_lock_that_still_answers_asks_no_index_for_versions(desk: Desk) -> None:
    desk.sources.add_wheel("acme-quote", "1.4", requires=["wares"])
    offer_public(desk.sources, "wares", "1.0")
    desk.ask("acme-quote")
    first = desk.lock().lock
    desk.told.lines.clear()
    desk.ask("acme-quote<2", "wares  # now asked for itself")
    found = desk.lock().lock
    assert versions(found) == versions(first)
    assert {file.name: file.required_by for file in found.files}["wares"] == (
        "acme-quote",
        "functionapp/requirements.txt",
    )
    # Only whether the declared source has a namesake is asked each time.
    assert [line for line in desk.told.lines if " GET " in line and "wares" not in line] == []


def test_files_that_were_replaced_under_the_same_name_are_told(desk: Desk) -> None:
    desk.sources.add_wheel("acme-quote", "1.4")
    desk.ask("acme-quote")
    desk.lock()
    desk.sources.add_wheel("acme-quote", "1.4", files={"acme_quote.py": "changed = True\n"})
    outcome = desk.lock(LockOptions(upgrade=True))
    assert len(outcome.warnings) == 1
    assert "other bytes" in outcome.warnings[0]
    assert "**other bytes**" in render_diff(outcome.diff)


def test_a_damaged_lock_is_not_overwritten_without_being_asked(desk: Desk) -> None:
    offer_public(desk.sources, "wares", "1.0")
    desk.ask("wares")
    desk.lock()
    path = desk.root / "functionapp" / "requirements.lock"
    path.write_text(path.read_text("utf-8").replace("    # wares-1.0", "    # other-1.0"), "utf-8")
    with pytest.raises(LadingError) as caught:
        desk.lock()
    assert caught.value.exit_code == 6
    assert desk.lock(LockOptions(upgrade=True)).changed
