"""A large package is sent from disk: what lading holds in memory does not grow with it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from local_azure import LocalAzure
from local_azure.sites.hosting import SiteSpec, Timing
from local_sources import LocalSources
from tests.deployments import STORAGE
from tests.support import make_project

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it measures as Linux does")

SIZE = 143 * 1024 * 1024
LARGEST = 120 * 1000  # kB
# Runs lading as its console script does, and tells at the end how much memory it took at most. What
# getrusage tells would count the process that started it, too.
MEASURED = """\
import sys
place = sys.argv.pop(1)
from lading.__main__ import main
try:
    main()
finally:
    with open("/proc/self/status") as status, open(place, "w") as file:
        (line,) = [line for line in status if line.startswith("VmHWM:")]
        file.write(line.split()[1])
"""
APP = """\
import azure.functions as func

app = func.FunctionApp()


@app.route(route="price")
def price(req: func.HttpRequest) -> str: ...
"""


def write_package(folder: Path) -> None:
    """Write a package of the size of a real one with pandas and its like, and its bill."""
    folder.mkdir()
    content = hashlib.sha256(b"large").hexdigest()
    label = {"schema": "lading/label/1", "content_sha256": content, "python": "3.13"}
    path = folder / "orders.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("host.json", '{"version": "2.0"}')
        archive.writestr("function_app.py", APP)
        archive.writestr("lading.json", json.dumps(label))
        with archive.open("data.bin", "w") as file:
            for _ in range(SIZE // (1024 * 1024)):
                file.write(bytes(1024 * 1024))
    with path.open("rb") as packed:
        sha256 = hashlib.file_digest(packed, "sha256").hexdigest()
    report = {
        "schema": "lading/build-report/1",
        "python": "3.13",
        "artifact": {"path": path.name, "sha256": sha256, "content_sha256": content},
        "verdict": {"imported": True, "functions": [{"name": "price", "bindings": []}]},
    }
    path.with_suffix(".json").write_text(json.dumps(report))


def test_a_deployment_of_143_mb_takes_less_than_120_mb_of_memory(
    azure: LocalAzure, sources: LocalSources, ambient: dict[str, str], tmp_path: Path
) -> None:
    cloud = azure.cloud
    cloud.world.timing = Timing(restart=0.1, step=0.1, retry_after=0)
    site = cloud.create(SiteSpec(name="orders-flex", hosting="flex", settings=STORAGE))
    target = [
        "[tool.lading.targets.flex]",
        *('app = "orders"', f'subscription = "{azure.subscription}"'),
        *('resource-group = "orders"', 'function-app = "orders-flex"'),
        f'[tool.lading]\ncloud = "{cloud.resource_manager.origin}"',
    ]
    configuration = "\n".join(target)
    project = make_project(tmp_path / "project", python="3.13", configuration=configuration)
    write_package(project / "dist")
    told = sources.environment(ambient) | azure.variables("client-secret", folder=tmp_path / "run")
    del told["AZURE_AUTHORITY_HOST"]
    place = tmp_path / "memory"
    said = subprocess.run(
        [
            *(sys.executable, "-c", MEASURED, str(place)),
            *("deploy", "--target", "flex", "--artifact", "dist/orders.zip", "--yes"),
        ],
        cwd=project,
        env=told,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert said.returncode == 0, said.stdout + said.stderr
    assert site.packages.release is not None
    assert "Uploading dist/orders.zip: 75 %" in said.stderr
    assert int(place.read_text()) < LARGEST
