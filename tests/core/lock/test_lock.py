from __future__ import annotations

from lading.core.lock import LockedSource

PLACE = "https://x.example/b-1-py3-none-any.whl"


def test_a_wheel_at_a_place_of_its_own_has_nothing_to_build() -> None:
    assert LockedSource(kind="path", name="a", version="1", path="a-1-py3-none-any.whl").is_wheel
    assert LockedSource(kind="url", name="b", version="1", url=PLACE).is_wheel
    assert not LockedSource(kind="url", name="b", version="1", url="https://x/b.zip").is_wheel
    assert not LockedSource(kind="path", name="c", version="1", path="libs/c").is_wheel
    assert not LockedSource(kind="git", name="d", version="1", url=PLACE).is_wheel
