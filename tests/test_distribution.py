"""What is shipped: one package, with its types, its script, and the licence."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_wheel_ships_the_toolkit_and_nothing_else(
    tmp_path: Path, ambient: dict[str, str]
) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", tmp_path, ROOT],
        env=ambient,
        check=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (dist_info,) = {name.split("/")[0] for name in names if ".dist-info/" in name}
        scripts = archive.read(f"{dist_info}/entry_points.txt").decode()
    assert {name.split("/")[0] for name in names} == {"lading", dist_info}
    assert "lading/py.typed" in names
    # The target's interpreter runs them as a text.
    programs = {f"lading/edges/functions/{name}.py" for name in ("loading", "serving", "worker")}
    programs |= {f"lading/edges/{name}/worker.py" for name in ("advisories", "bytecode")}
    assert programs <= set(names)
    assert "lading = lading.__main__:main" in scripts
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_no_committed_file_names_a_registry_or_a_path_of_a_machine() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    forbidden = [
        "pypi" + ".org",
        "python" + "hosted",
        "registry." + "npmjs",
        "deb." + "debian",
        "/home/runner" + "/",
    ]
    found = [
        f"{name} names {word}"
        for name in listed.stdout.split("\0")
        if name and (ROOT / name).is_file()
        for word in forbidden
        if word in (ROOT / name).read_text("utf-8", errors="replace")
    ]
    assert not found
