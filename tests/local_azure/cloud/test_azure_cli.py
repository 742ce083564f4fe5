"""Microsoft's Azure CLI, from the index, takes the local Azure for one: it deploys, lists, sets."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from local_azure import LocalAzure
from local_azure.blobs import Blobs
from local_azure.cloud import Cloud
from local_azure.sites.hosting import Timing
from local_azure.sites.site import Site
from local_sources import LocalSources
from tests.local_azure.cloud.conftest import FLEX, GROUP, PREMIUM
from tests.support import make_project
from tests.user import User

# It is fetched first, by one process for all.
pytestmark = [pytest.mark.timeout(1200), pytest.mark.xdist_group("azure-cli")]
_SECONDS = 600
PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
TARGET = """
[tool.lading.targets.{name}]
app = "orders"
subscription = "{subscription}"
resource-group = "{group}"
function-app = "orders-{name}"
settings = ["app.env"]
"""


@pytest.fixture(scope="session")
def program(machine: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Azure CLI, in an environment of its own."""
    folder = tmp_path_factory.mktemp("azure-cli")
    # Named, for uv takes the environment of the interpreter that it is started with.
    python = folder / "venv/bin/python"
    environment = machine | {"HOME": str(folder), "UV_CACHE_DIR": str(folder / "cache")}
    if "PIP_INDEX_URL" in machine:
        environment["UV_DEFAULT_INDEX"] = machine["PIP_INDEX_URL"]
    for words in (
        ("venv", "--quiet", "--python", sys.executable, folder / "venv"),
        ("pip", "install", "--quiet", "--python", python, "azure-cli"),
    ):
        command = [sys.executable, "-m", "uv", *words]
        subprocess.run(command, env=environment, check=True, timeout=_SECONDS)
    return folder / "venv/bin/az"


def keep_from_asking_for_newer_ones(program: Path, configuration: Path) -> None:
    """Write what the program keeps when it has just asked which versions there are."""
    (about,) = program.parents[1].glob("lib/*/site-packages/azure_cli_core-*.dist-info")
    version = about.name.removesuffix(".dist-info").partition("-")[2]
    now = str(dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=1))
    kept = {"versions": {"core": {"local": version}}, "update_time": now, "check_time": now}
    configuration.mkdir()
    (configuration / "versionCheck.json").write_text(json.dumps(kept), "utf-8")


@dataclass(frozen=True, kw_only=True)
class AzureCli:
    """The program in a configuration of its own."""

    program: Path
    environment: dict[str, str]

    def __call__(self, *words: str) -> object:
        """Run a command and return what it prints, JSON; None for nothing."""
        ran = subprocess.run(
            [self.program, *words, "--output", "json"],
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=_SECONDS,
        )
        document: object = json.loads(ran.stdout) if ran.stdout.strip() else None
        return document


@pytest.fixture
def az(
    program: Path,
    azure: LocalAzure,
    cloud: Cloud,
    sources: LocalSources,
    ambient: dict[str, str],
    tmp_path: Path,
) -> AzureCli:
    """Return the program, signed in as the application to the local Azure."""
    own = {
        "AZURE_CONFIG_DIR": str(tmp_path / "azure"),
        "AZURE_CORE_COLLECT_TELEMETRY": "0",
        "AZURE_CORE_ONLY_SHOW_ERRORS": "1",
        "AZURE_CORE_INSTANCE_DISCOVERY": "0",
    }
    # It waits for real.
    cloud.clock.release()
    keep_from_asking_for_newer_ones(program, tmp_path / "azure")
    cli = AzureCli(program=program, environment=sources.environment(ambient) | own)
    here, entra = azure.cloud.resource_manager.origin, azure.entra
    cli("cloud", "register", "--name", "local", "--endpoint-resource-manager", here)
    cli("cloud", "set", "--name", "local")
    who = ("--username", entra.client_id, "--password", entra.client_secret)
    cli("login", "--service-principal", *who, "--tenant", entra.tenant)
    return cli


def test_it_lists_and_changes_what_there_is(az: AzureCli, flex: Site, premium: Site) -> None:
    listed = az("functionapp", "list", "--query", "[].name")
    assert listed == [flex.name, premium.name]
    of_it = ("--name", premium.name, "--resource-group", GROUP)
    shown = az("functionapp", "show", *of_it, "--query", "kind")
    assert shown == premium.spec.kind
    az("functionapp", "config", "appsettings", "set", *of_it, "--settings", "COLOUR=green")
    assert premium.settings == {**PREMIUM.settings, "COLOUR": "green"}
    told = az("functionapp", "config", "appsettings", "list", *of_it, "--query", "[].name")
    assert told == [*premium.settings]
    keys = az("functionapp", "keys", "list", *of_it, "--query", "masterKey")
    assert keys == premium.keys.master


@pytest.fixture
def user(az: AzureCli, azure: LocalAzure, sources: LocalSources, tmp_path: Path) -> User:
    """Return who builds and deploys with lading, as the same application."""
    told = azure.variables("client-secret", folder=tmp_path / "run")
    del told["AZURE_AUTHORITY_HOST"]
    own = {"LADING_CACHE": str(tmp_path / "store")} | sources.credentials
    return User(environment=sources.environment(az.environment, public=True) | told | own)


@pytest.fixture
def project(user: User, azure: LocalAzure, cloud: Cloud, tmp_path: Path) -> Path:
    """Return a project that was built, with a target on each of two plans."""
    tables = [
        TARGET.format(name=name, subscription=azure.subscription, group=GROUP)
        for name in ("premium", "flex")
    ]
    place = f'[tool.lading]\ncloud = "{cloud.resource_manager.origin}"\n'
    folder = make_project(
        tmp_path / "project",
        python=PYTHON,
        configuration="".join((place, *tables)),
        files={"app.env": "MODE=fast\n"},
    )
    user.builds(folder)
    return folder


def test_each_of_it_and_lading_sees_what_the_other_has_deployed(
    az: AzureCli, cloud: Cloud, user: User, project: Path
) -> None:
    cloud.world.timing = Timing(restart=0.5, step=0.2, retry_after=0)
    premium, flex = (cloud.create(replace(spec, python=PYTHON)) for spec in (PREMIUM, FLEX))
    of_it = ("--name", premium.name, "--resource-group", GROUP)
    source = ("--src", str(project / "dist/orders.zip"))
    az("functionapp", "deployment", "source", "config-zip", *of_it, *source)
    assert premium.settings["SCM_DO_BUILD_DURING_DEPLOYMENT"] == "false"
    said = user.types(project, "status", "--target", "premium", "--json")
    assert said.code == 0, said.text
    (found,) = said.document()["targets"]
    report = json.loads((project / "dist/orders.json").read_text("utf-8"))
    assert found["runs"] == report["artifact"]["content_sha256"]
    assert found["latest"]["deployer"] == "az_cli_functions"

    said = user.types(project, "deploy", "--target", "flex", "--yes")
    assert said.code == 0, said.text
    for site in (premium, flex):
        of_it = ("--name", site.name, "--resource-group", GROUP)
        names = az("functionapp", "function", "list", *of_it, "--query", "[].name")
        assert names == [f"{site.name}/health"]
    listed = az("functionapp", "config", "appsettings", "list", *of_it)
    assert isinstance(listed, list)
    assert {"name": "MODE", "slotSetting": False, "value": "fast"} in listed


# It sleeps for a minute afterwards.
@pytest.mark.slow
def test_it_deploys_to_flex_consumption(
    az: AzureCli, cloud: Cloud, blobs: Blobs, package_file: Path
) -> None:
    site = cloud.create(FLEX)
    of_it = ("--name", site.name, "--resource-group", GROUP, "--build-remote", "false")
    az("functionapp", "deployment", "source", "config-zip", *of_it, "--src", str(package_file))
    (record,) = site.deployments.records
    assert (record.upload.deployer, record.upload.remote_build) == ("az_cli", False)
    assert not site.packages.built
    with blobs.container(site.spec.container) as container:
        stored = container.download_blob("released-package.zip").readall()
    assert stored == package_file.read_bytes()
