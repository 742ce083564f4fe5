"""Microsoft's Azure CLI, from the index, takes the local Azure for one: it deploys, lists, sets."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from local_azure import LocalAzure
from local_azure.blobs import Blobs
from local_azure.cloud import Cloud
from local_azure.sites.hosting import Timing
from local_azure.sites.site import Site
from local_sources import LocalSources
from tests.local_azure.cloud.conftest import FLEX, GROUP, PREMIUM
from tests.user import User

# It sleeps for a minute after a deployment to Flex Consumption, and is fetched first.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]
_SECONDS = 600


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
        ("venv", "--quiet", folder / "venv"),
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


def test_it_deploys_to_elastic_premium(
    az: AzureCli, cloud: Cloud, premium: Site, package_file: Path
) -> None:
    cloud.world.timing = Timing(restart=0.5, step=0.2)
    of_it = ("--name", premium.name, "--resource-group", GROUP)
    az("functionapp", "deployment", "source", "config-zip", *of_it, "--src", str(package_file))
    assert premium.settings["SCM_DO_BUILD_DURING_DEPLOYMENT"] == "false"
    assert premium.packages.release is not None
    assert premium.packages.release.lading == {"content": "one"}
    names = az("functionapp", "function", "list", *of_it, "--query", "[].name")
    assert names == [f"{premium.name}/price", f"{premium.name}/nightly"]


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


def test_lading_recognises_what_it_has_deployed(
    az: AzureCli, azure: LocalAzure, cloud: Cloud, premium: Site, tmp_path: Path
) -> None:
    content = "0123456789abcdef" * 4
    label = {"schema": "lading/label/1", "content_sha256": content, "python": "3.13"}
    package = tmp_path / "orders.zip"
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("host.json", '{"version": "2.0"}')
        archive.writestr("lading.json", json.dumps(label))
    of_it = ("--name", premium.name, "--resource-group", GROUP)
    az(*("functionapp", "deployment", "source", "config-zip"), *of_it, "--src", str(package))
    project = tmp_path / "project"
    project.mkdir()
    target = {"app": "orders", "subscription": azure.subscription, "resource-group": GROUP}
    (project / "pyproject.toml").write_text(
        "\n".join(
            (
                f'[tool.lading]\ncloud = "{cloud.resource_manager.origin}"',
                '[tool.lading.apps.orders]\nfolder = "."\nrequirements = "r.txt"\npython = "3.13"',
                f'[tool.lading.targets.premium]\nfunction-app = "{premium.name}"',
                *(f'{key} = "{value}"' for key, value in target.items()),
            )
        )
    )
    told = azure.variables("client-secret", folder=tmp_path / "run")
    del told["AZURE_AUTHORITY_HOST"]
    user = User(environment=az.environment | told)
    said = user.types(project, "status", "--target", "premium", "--json")
    assert said.code == 0, said.text
    (found,) = said.document()["targets"]
    assert found["runs"] == content
    assert found["latest"]["deployer"] == "az_cli_functions"
    # And what lading writes, the other one lists.
    with (project / "pyproject.toml").open("a") as file:
        file.write('\nsettings = ["app.env"]\n')
    (project / "app.env").write_text("MODE=fast\n")
    written = user.types(project, "settings", "--target", "premium", "--apply", "--yes")
    assert written.code == 0, written.text
    listed = az("functionapp", "config", "appsettings", "list", *of_it, "--query", "[].name")
    assert isinstance(listed, list)
    assert "MODE" in listed
