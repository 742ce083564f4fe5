"""The vendored folder is what `pip install --target --no-compile` makes of the same wheels."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from lading.core.runtimes import Runtime, runtime_for
from lading.core.wheel import Wheel
from lading.edges.store import Store
from lading.edges.terminal import Silence
from lading.edges.vendored_folder import write_vendored_folder
from lading.stages.make_layers import make_layers
from tests.wheels import WheelPlan, wheel_at, write_planned

RUNTIME = runtime_for("3.13")
# Pure and native, namespaces, data files, many members.
HANDFUL = ("azure-functions", "requests", "markupsafe", "pytz", "pyyaml", "rich")
MOST_USED = [
    "boto3",
    "urllib3",
    "botocore",
    "requests",
    "setuptools",
    "certifi",
    "charset-normalizer",
    "idna",
    "packaging",
    "typing-extensions",
    "python-dateutil",
    "s3transfer",
    "aiobotocore",
    "six",
    "pyyaml",
    "numpy",
    "fsspec",
    "s3fs",
    "pip",
    "cryptography",
    "pandas",
    "cffi",
    "pydantic",
    "pydantic-core",
    "attrs",
    "click",
    "platformdirs",
    "pycparser",
    "rsa",
    "pyasn1",
    "jmespath",
    "protobuf",
    "markupsafe",
    "jinja2",
    "zipp",
    "importlib-metadata",
    "pytz",
    "colorama",
    "wheel",
    "google-api-core",
    "awscli",
    "googleapis-common-protos",
    "virtualenv",
    "filelock",
    "pyjwt",
    "tomli",
    "wrapt",
    "jsonschema",
    "rich",
    "pygments",
]


def pip(*arguments: str | Path, machine: dict[str, str], home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--isolated", "--disable-pip-version-check", *arguments],
        env=machine | {"HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def for_runtime(runtime: Runtime) -> list[str]:
    platforms = [word for tag in runtime.platforms for word in ("--platform", tag)]
    return ["--python-version", runtime.python, *platforms, "--only-binary", ":all:", "--no-deps"]


def differences(ours: Path, theirs: Path) -> list[str]:
    """Return every difference, by content and by who may execute it."""
    mine, pips = read_tree(ours), read_tree(theirs)
    found = [f"only pip has {name}" for name in sorted(pips.keys() - mine.keys())]
    found += [f"only lading has {name}" for name in sorted(mine.keys() - pips.keys())]
    for name in sorted(mine.keys() & pips.keys()):
        # Some distributions carry others inside; only the outermost is the one that is installed.
        outermost = name.count("/") == 1
        if outermost and name.endswith(".dist-info/RECORD"):
            found += record_differences(mine[name][1], pips[name][1], name)
        elif outermost and name.endswith(".dist-info/INSTALLER"):
            assert (mine[name][1], pips[name][1]) == (b"lading\n", b"pip\n")
        elif mine[name] != pips[name]:
            found.append(f"{name} differs")
    return found


def read_tree(root: Path) -> dict[str, tuple[bool, bytes]]:
    return {
        path.relative_to(root).as_posix(): (bool(path.stat().st_mode & 0o100), path.read_bytes())
        for path in root.rglob("*")
        if path.is_file()
    }


def record_differences(ours: bytes, theirs: bytes, name: str) -> list[str]:
    """Compare without what pip says about itself: its name, that it was asked, what is left out.

    It names data files by where they were before it moved them into the target.
    """
    dist_info = name.rpartition("/")[0]
    about_pip = {f"{dist_info}/{base}" for base in ("INSTALLER", "REQUESTED", "direct_url.json")}

    def rows(data: bytes) -> set[tuple[str, ...]]:
        found = set()
        for row in csv.reader(data.decode().splitlines()):
            file = row[0].removeprefix("../../")
            lost = file.startswith("../")
            if file not in about_pip and not lost and not meant(f"only pip has {file}"):
                found.add((file, *row[1:]))
        return found

    return [f"{name}: {row}" for row in sorted(rows(ours) ^ rows(theirs))]


def vendored(wheels: Sequence[Wheel], folder: Path) -> Path:
    store = Store(folder / "store")
    layers = make_layers(wheels, store=store, compiler=None, runtime=RUNTIME, progress=Silence())
    return write_vendored_folder(layers, folder / "app", store=store)


def installed(wheels: Sequence[Wheel], folder: Path, machine: dict[str, str]) -> Path:
    target = folder / "target"
    words = ["install", "--target", str(target), "--no-compile", "--no-index"]
    paths = [wheel.path for wheel in wheels]
    pip(*words, *for_runtime(RUNTIME), *paths, machine=machine, home=folder)
    return target


def meant(difference: str) -> bool:
    """Say whether only pip has it, for use outside of a Function App or from a Python here."""
    only_pip = difference.removeprefix("only pip has ")
    return only_pip != difference and (
        only_pip.startswith(("bin/", "include/"))
        or "__pycache__/" in only_pip
        or only_pip.endswith((".dist-info/REQUESTED", ".dist-info/direct_url.json"))
    )


def test_every_kind_of_data_goes_where_pip_puts_it(tmp_path: Path, machine: dict[str, str]) -> None:
    data = "demo-1.0.data"
    files = {
        "demo/__init__.py": b"",
        "demo/run.sh": b"#!/bin/sh\n",
        "top.py": b"top = 1\n",
        "demo.pth": b"# nothing\n",
        f"{data}/purelib/pure/mod.py": b"pure = 1\n",
        f"{data}/platlib/plat/mod.py": b"plat = 1\n",
        f"{data}/platlib/both.py": b"",
        f"{data}/scripts/tool": b"#!python\n",
        f"{data}/headers/demo.h": b"int x;",
        f"{data}/data/share/demo/file.txt": b"shared",
        f"{data}/data/etc/demo.conf": b"[x]",
        f"{data}/data/lib/python/inside.py": b"inside = 1\n",
        f"{data}/data/lib/other/file.txt": b"lost by pip as well",
        f"{data}/data/lib64/file.txt": b"kept",
        f"{data}/data/rootfile.txt": b"root",
        "demo-1.0.dist-info/entry_points.txt": b"[console_scripts]\ndemo = demo:main\n",
        "demo-1.0.dist-info/licenses/LICENSE": b"free",
        "späß/ünïcode.txt": b"x",
    }
    modes = {"demo/run.sh": 0o100755, f"{data}/data/share/demo/file.txt": 0o100755}
    wheel = write_planned(tmp_path / "wheels", WheelPlan(files=files, modes=modes))
    ours, theirs = vendored([wheel], tmp_path), installed([wheel], tmp_path, machine)
    found = differences(ours, theirs)
    assert [one for one in found if not meant(one)] == []
    assert [one for one in found if "/tool" in one or one.endswith("/demo.h")] != []
    assert (ours / "inside.py").exists()
    assert not (ours / "lib").exists()


def test_a_handful_of_public_packages_is_as_pip_installs_them(
    tmp_path: Path, machine: dict[str, str]
) -> None:
    compare_downloaded(HANDFUL, tmp_path, machine)


@pytest.mark.slow
def test_the_most_used_packages_are_as_pip_installs_them(
    tmp_path: Path, machine: dict[str, str]
) -> None:
    compare_downloaded(MOST_USED, tmp_path, machine)


def compare_downloaded(names: Sequence[str], folder: Path, machine: dict[str, str]) -> None:
    wheels = folder / "wheels"
    pip("download", "-d", wheels, *for_runtime(RUNTIME), *names, machine=machine, home=folder)
    # One by one: files that several distributions have are a matter of the bundle.
    for path in sorted(wheels.glob("*.whl")):
        wheel = wheel_at(path)
        place = folder / wheel.name
        found = differences(vendored([wheel], place), installed([wheel], place, machine))
        assert [f"{wheel.name}: {one}" for one in found if not meant(one)] == []
