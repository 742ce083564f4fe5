"""A large package leaves a small process, and ten targets are not ten times one."""

from __future__ import annotations

import hashlib
import json
import random
import re
import sys
import time
import zipfile
from pathlib import Path

import pytest

from lading.edges.store import Store
from local_azure import LocalAzure
from local_azure.cloud import Cloud
from local_azure.sites.hosting import Hosting, SiteSpec, Timing
from local_sources import LocalSources
from tests.deployment.conftest import content_of
from tests.deployments import STORAGE
from tests.support import make_project
from tests.user import Said, User

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it counts memory as Linux does")

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
MEBIBYTE = 1 << 20
ON_APP_SERVICE = {"FUNCTIONS_WORKER_RUNTIME": "python", "FUNCTIONS_EXTENSION_VERSION": "~4"}
# What a process was at its largest is told to whoever started it; pytest would count with it.
MEASURE = """\
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], check=False).returncode
print("at most", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, "KiB", file=sys.stderr)
sys.exit(code)
"""
APP = """\
import azure.functions as func

app = func.FunctionApp()


@app.route(route="price")
def price(req: func.HttpRequest) -> str: ...
"""


def write_package(path: Path, store: Path, *, size: int) -> None:
    """Write a package with so many bytes that nobody can compress, and its bill of lading."""
    draw = random.Random(143)  # noqa: S311 - the same package each time
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("host.json", '{"version": "2.0"}')
        archive.writestr("function_app.py", APP)
        with archive.open("data.bin", "w", force_zip64=True) as file:
            for _ in range(size // MEBIBYTE):
                file.write(draw.randbytes(MEBIBYTE))
    content = content_of(path, Store(store))
    label = {"schema": "lading/label/1", "content_sha256": content, "python": PYTHON}
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("lading.json", json.dumps(label))
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    artifact = {"sha256": sha256, "content_sha256": content, "size": path.stat().st_size}
    verdict = {"imported": True, "functions": [{"name": "price"}]}
    report = {
        "schema": "lading/build-report/1",
        "python": PYTHON,
        "artifact": artifact,
        "verdict": verdict,
    }
    path.with_suffix(".json").write_text(json.dumps(report))


@pytest.fixture
def cloud(azure: LocalAzure) -> Cloud:
    azure.cloud.world.timing = Timing(restart=0.3, step=0.2, swap=0.3, retry_after=0)
    return azure.cloud


@pytest.fixture
def user(azure: LocalAzure, sources: LocalSources, machine: dict[str, str], tmp_path: Path) -> User:
    own = {"HOME": str(tmp_path), "LADING_CACHE": str(tmp_path / "cache")}
    told = azure.variables("client-secret", folder=tmp_path / "run")
    del told["AZURE_AUTHORITY_HOST"]
    program = [sys.executable, "-c", MEASURE, sys.executable, "-m", "lading"]
    return User(environment=sources.environment(machine | own) | told, program=program)


def project_for(folder: Path, azure: LocalAzure, names: list[str]) -> Path:
    tables = [f'[tool.lading]\ncloud = "{azure.cloud.resource_manager.origin}"']
    for name in names:
        tables += [
            f"[tool.lading.targets.{name}]",
            *('app = "orders"', f'subscription = "{azure.subscription}"'),
            *('resource-group = "orders"', f'function-app = "{name}"'),
        ]
    return make_project(folder, python=PYTHON, configuration="\n".join(tables) + "\n")


def peak_of(said: Said) -> int:
    """Return how many bytes of memory the command had at its largest."""
    (found,) = re.findall(r"at most (\d+) KiB", said.stderr)
    return int(found) * 1024


@pytest.mark.parametrize("hosting", ["flex", pytest.param("premium", marks=pytest.mark.slow)])
def test_a_package_of_143_megabytes_leaves_a_process_of_120(
    user: User, azure: LocalAzure, cloud: Cloud, tmp_path: Path, hosting: Hosting
) -> None:
    settings = {**STORAGE} if hosting == "flex" else {**STORAGE, **ON_APP_SERVICE}
    spec = SiteSpec(name="orders", hosting=hosting, python=PYTHON, settings=settings)
    site = cloud.create(spec)
    project = project_for(tmp_path / "project", azure, ["orders"])
    package = tmp_path / "large.zip"
    write_package(package, tmp_path / "store", size=143 * MEBIBYTE)
    said = user.types(project, "deploy", "--target", "orders", "--artifact", str(package), "--yes")
    assert said.code == 0, said.text
    assert site.packages.release is not None
    assert "large.zip: 75 %" in said.stderr
    print(f"{hosting}: {peak_of(said) / MEBIBYTE:.0f} MiB")  # noqa: T201
    assert peak_of(said) < 120 * MEBIBYTE


def test_ten_targets_are_told_side_by_side(
    user: User, azure: LocalAzure, cloud: Cloud, tmp_path: Path
) -> None:
    names = [f"orders{number}" for number in range(10)]
    sites = [
        cloud.create(SiteSpec(name=name, hosting="flex", python=PYTHON, settings=dict(STORAGE)))
        for name in names
    ]
    project = project_for(tmp_path / "project", azure, names)
    package = tmp_path / "small.zip"
    write_package(package, tmp_path / "store", size=MEBIBYTE)
    words = ("--artifact", str(package), "--yes")
    began = time.monotonic()
    one = user.types(project, "deploy", "--target", "orders0", *words)
    after_one = time.monotonic()
    rest = user.types(project, "deploy", "--target", "orders*", *words)
    seconds = time.monotonic() - after_one
    assert (one.code, rest.code) == (0, 0), one.text + rest.text
    assert all(site.packages.release is not None for site in sites)
    print(f"one {after_one - began:.1f} s, ten {seconds:.1f} s")  # noqa: T201
