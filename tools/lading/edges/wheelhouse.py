"""The wheelhouse: the wheels of an app and their hashes in one folder, for other tools."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from lading.core.wheel import Wheel
from lading.edges.whole_files import replaced_folder


def write_wheelhouse(wheels: Iterable[Wheel], folder: Path) -> None:
    """Replace a folder by one with the wheels, and a requirements.txt in pip's hash mode.

    `pip install --no-index --find-links FOLDER --require-hashes -r FOLDER/requirements.txt`.
    """
    ordered = sorted(wheels, key=lambda wheel: wheel.name)
    with replaced_folder(folder) as fresh:
        for wheel in ordered:
            shutil.copyfile(wheel.path, fresh / wheel.filename)
        pins = [f"{one.name}=={one.version} --hash=sha256:{one.sha256}\n" for one in ordered]
        (fresh / "requirements.txt").write_text("".join(pins), encoding="utf-8", newline="\n")
