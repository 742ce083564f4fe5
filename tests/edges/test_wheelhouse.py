"""The wheelhouse: wheels and hashes that plain pip takes."""

from __future__ import annotations

import hashlib
from pathlib import Path

from lading.core.wheel import Wheel
from lading.edges.wheelhouse import write_wheelhouse
from tests.support import make_wheel


def wheel_of(path: Path, name: str) -> Wheel:
    return Wheel(
        name=name,
        version="1.0",
        filename=path.name,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        source="acme",
        path=path,
    )


def test_it_holds_the_wheels_and_their_hashes_and_nothing_older(tmp_path: Path) -> None:
    wheels = [
        wheel_of(make_wheel(tmp_path / "made", name), name) for name in ("acme-tax", "acme-core")
    ]
    house = tmp_path / "dist/orders-wheelhouse"
    house.mkdir(parents=True)
    (house / "left-over.whl").write_text("")
    write_wheelhouse(wheels, house)
    assert sorted(path.name for path in house.iterdir()) == [
        "acme_core-1.0-py3-none-any.whl",
        "acme_tax-1.0-py3-none-any.whl",
        "requirements.txt",
    ]
    lines = (house / "requirements.txt").read_text().splitlines()
    assert lines == [
        f"acme-core==1.0 --hash=sha256:{wheels[1].sha256}",
        f"acme-tax==1.0 --hash=sha256:{wheels[0].sha256}",
    ]
