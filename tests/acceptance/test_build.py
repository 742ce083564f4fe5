"""`lading build` on the sample app: what comes out, and that it does so again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from local_sources import LocalSources, write_sample_project
from tests.support import make_project, require
from tests.user import User, members

SITE = ".python_packages/lib/site-packages/"
ASK = """
import sys
sys.path[:0] = [".python_packages/lib/site-packages", "."]
import decimal, quotes
print(quotes.quote(decimal.Decimal(100), "DE").gross)
"""
# The same rights under another user id, for which there is no account.
SOMEBODY_ELSE = ["unshare", "--user", "--map-user=4242", "--map-group=4242"]
HERE = {"TZ": "UTC", "PYTHONHASHSEED": "1", "LC_ALL": "C"}
ELSEWHERE = {"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "4711", "LC_ALL": "C.UTF-8"}


@pytest.fixture
def project(sources: LocalSources, tmp_path: Path) -> Path:
    return write_sample_project(sources, tmp_path / "project")


def test_the_sample_is_vendored_packed_and_told(user: User, project: Path) -> None:
    user.builds(project)
    inside = members(project / "dist/orders.zip")
    assert {"host.json", "function_app.py", "quotes.py", "lading.json"} <= inside.keys()
    for module in ("acme_pricing", "acme_tax", "acme_core", "pydantic", "azure/functions"):
        assert any(name.startswith(f"{SITE}{module}/") for name in inside), module
    assert any(name.startswith(f"{SITE}pydantic_core/") and name.endswith(".so") for name in inside)
    report = json.loads((project / "dist/orders.json").read_text())
    homes = {each["name"]: each["source"] for each in report["distributions"]}
    assert homes["acme-pricing"] == "acme"
    assert homes["acme-core"] == "acme"
    assert homes["pydantic"] == "default"
    assert homes["acme-tax"] == "acme-git"


def test_the_package_alone_answers_with_a_price(user: User, project: Path, tmp_path: Path) -> None:
    user.builds(project)
    with zipfile.ZipFile(project / "dist/orders.zip") as package:
        package.extractall(tmp_path / "app")
    asked = subprocess.run(
        [
            *(sys.executable, "-I", "-S", "-c"),
            ASK,
        ],
        cwd=tmp_path / "app",
        env={},
        capture_output=True,
        text=True,
        check=True,
    )
    assert asked.stdout.strip() == "119.00"


def test_a_second_build_changes_nothing(user: User, project: Path) -> None:
    user.builds(project)
    artifact = project / "dist/orders.zip"
    before = (artifact.read_bytes(), artifact.stat().st_mtime_ns)
    locks = {path: path.read_bytes() for path in project.rglob("*.lock")}
    said = user.builds(project, "--json")
    assert said.document()["artifact"]["changed"] is False
    assert (artifact.read_bytes(), artifact.stat().st_mtime_ns) == before
    assert {path: path.read_bytes() for path in project.rglob("*.lock")} == locks


def test_a_full_store_builds_without_any_network(
    user: User, project: Path, sources: LocalSources
) -> None:
    user.builds(project)
    first = (project / "dist/orders.zip").read_bytes()
    (project / "dist/orders.zip").unlink()
    for host in sources.hosts:
        host.stop()
    user.builds(
        project, "--offline", "--frozen", HTTPS_PROXY="http://127.0.0.1:9", ACME_TOKEN="gone"
    )
    assert (project / "dist/orders.zip").read_bytes() == first


def test_offline_with_an_empty_store_names_all_that_is_missing(
    user: User, project: Path, tmp_path: Path
) -> None:
    user.builds(project)
    said = user.types(project, "build", "--offline", LADING_CACHE=str(tmp_path / "empty"))
    assert said.code == 4
    for name in ("acme_pricing", "acme_core", "pydantic"):
        assert name in said.stderr.replace("-", "_")
    assert "--offline" in said.stderr


def test_frozen_refuses_without_a_lock_and_with_a_stale_one(user: User, project: Path) -> None:
    missing = user.types(project, "build", "--frozen")
    assert missing.code == 6
    assert "lading lock" in missing.stderr
    user.builds(project)
    requirements = project / "functionapp/requirements.txt"
    requirements.write_text(requirements.read_text() + "idna\n")
    locks = {path: path.read_bytes() for path in project.rglob("*.lock")}
    stale = user.types(project, "build", "--frozen")
    assert stale.code == 6
    assert "lading lock" in stale.stderr
    assert {path: path.read_bytes() for path in project.rglob("*.lock")} == locks


def test_an_allowed_finding_is_recorded_with_its_reason(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    for name in ("acme-left", "acme-right"):
        sources.add_wheel(name, "1.0", files={"shared/__init__.py": f"NAME = {name!r}\n"})
    project = make_project(
        tmp_path / "p", requirements=["acme-left", "acme-right"], sources=sources
    )
    refused = user.types(project, "build")
    assert refused.code == 6
    assert "collision" in refused.stderr
    assert "acme-left" in refused.stderr
    assert "acme-right" in refused.stderr
    assert not (project / "dist/orders.zip").exists()
    unreasoned = user.types(project, "build", "--allow", "collision")
    assert unreasoned.code == 2
    user.builds(project, "--allow", "collision", "--reason", "the same code twice")
    report = json.loads((project / "dist/orders.json").read_text())
    (finding,) = [each for each in report["findings"] if each["code"] == "collision"]
    assert finding["allowed"] == "the same code twice"


def test_the_wheelhouse_installs_with_plain_pip(user: User, project: Path, tmp_path: Path) -> None:
    user.builds(project, "--wheelhouse")
    house = project / "dist/orders-wheelhouse"
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--require-hashes"),
            *("--no-deps", "--target", str(tmp_path / "t"), "--find-links", str(house)),
            *("-r", str(house / "requirements.txt")),
        ],
        env=user.environment,
        check=True,
    )
    assert (tmp_path / "t/acme_tax/__init__.py").exists()


def test_vendor_writes_the_folder_for_editors(user: User, project: Path) -> None:
    said = user.types(project, "vendor")
    assert said.code == 0, said.text
    folder = project / "functionapp/.python_packages/lib/site-packages"
    assert (folder / "acme_pricing/__init__.py").exists()
    assert (folder / "acme_tax/__init__.py").exists()
    stale = folder / "left_over.py"
    stale.write_text("")
    assert user.types(project, "vendor").code == 0
    assert not stale.exists()


def test_two_machines_make_the_same_bytes(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    require("unshare")
    first = write_sample_project(sources, tmp_path / "a")
    user.builds(first, **HERE)
    second = write_sample_project(sources, tmp_path / "elsewhere" / "b b")
    for lock in first.rglob("*.lock"):
        (second / lock.relative_to(first)).write_bytes(lock.read_bytes())
    for number, path in enumerate(sorted(second.rglob("*"))):
        path.chmod(0o700 if path.is_dir() else 0o600)
        os.utime(path, (1_000_000_000 + number * 86_400,) * 2)
    old = os.umask(0o077)
    try:
        # Another store, so that everything is fetched, built and made again.
        other = {"LADING_CACHE": str(tmp_path / "other store"), "HOME": str(tmp_path / "other")}
        user.program = [*SOMEBODY_ELSE, *user.program]
        user.builds(second, "--frozen", **ELSEWHERE, **other)
    finally:
        os.umask(old)
    assert (first / "dist/orders.zip").read_bytes() == (second / "dist/orders.zip").read_bytes()
