from __future__ import annotations

from lading.core.lock import Lock, LockedSource
from lading.core.lock.diff import LockDiff
from lading.core.lock.report import LockOutcome, render_lock_text

PLACE = "https://x.example/b-1-py3-none-any.whl"


def test_a_wheel_at_a_place_of_its_own_has_nothing_to_build() -> None:
    assert LockedSource(kind="path", name="a", version="1", path="a-1-py3-none-any.whl").is_wheel
    assert LockedSource(kind="url", name="b", version="1", url=PLACE).is_wheel
    assert not LockedSource(kind="url", name="b", version="1", url="https://x/b.zip").is_wheel
    assert not LockedSource(kind="path", name="c", version="1", path="libs/c").is_wheel
    assert not LockedSource(kind="git", name="d", version="1", url=PLACE).is_wheel


def test_a_wheel_is_counted_as_one_wherever_it_comes_from() -> None:
    wheel = LockedSource(kind="url", name="b", version="1", url=PLACE)
    folder = LockedSource(kind="path", name="c", version="1", path="libs/c")
    lock = Lock(python="3.13", platform="linux", fingerprint="", files=(), sources=(wheel, folder))
    outcome = LockOutcome(
        app="orders", lock=lock, files=("a",), changed=True, diff=LockDiff(changes=()), warnings=()
    )
    assert render_lock_text(outcome).startswith("orders: 1 wheel, 1 source to build for Python")
