"""Whoever operates apps types `lading status`, `settings`, `rollback` and `logs`."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from local_azure import LocalAzure
from local_azure.cloud import Cloud
from local_azure.sites.deployments import Upload
from local_azure.sites.hosting import Hosting, SiteSpec, Timing
from local_azure.sites.site import Site
from local_sources import LocalSources
from tests.deployments import STORAGE
from tests.user import User

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it asks at a terminal of Unix")

PROJECT = """\
[tool.lading]
cloud = "{cloud}"

[tool.lading.apps.orders]
folder = "."
requirements = "requirements.txt"
python = "3.13"
"""
TARGET = """
[tool.lading.targets.{name}]
app = "orders"
subscription = "{subscription}"
resource-group = "orders"
function-app = "{name}"
settings = ["app.env"]
variables = ["FROM_HERE"]
"""
ON_APP_SERVICE = {
    "FUNCTIONS_WORKER_RUNTIME": "python",
    "FUNCTIONS_EXTENSION_VERSION": "~4",
    "WEBSITE_RUN_FROM_PACKAGE": "1",
    "SCM_DO_BUILD_DURING_DEPLOYMENT": "false",
}
SECRET, FOREIGN = "hunter2-hunter2-hunter2", "somebody-else-s-secret"
SECONDS = 60


@pytest.fixture
def cloud(azure: LocalAzure) -> Cloud:
    """Return a cloud in which nothing takes long."""
    azure.cloud.world.timing = Timing(restart=0.1, step=0.1, host_start=0.1, retry_after=0)
    return azure.cloud


@pytest.fixture
def user(azure: LocalAzure, sources: LocalSources, ambient: dict[str, str], tmp_path: Path) -> User:
    """Return who operates apps: a service principal."""
    told = azure.variables("client-secret", folder=tmp_path / "run")
    del told["AZURE_AUTHORITY_HOST"]
    return User(environment=sources.environment(ambient) | told | {"FROM_HERE": SECRET})


@pytest.fixture
def project(azure: LocalAzure, cloud: Cloud, tmp_path: Path) -> Path:
    """Return a project with targets on two plans, and one that nobody has created."""
    folder = tmp_path / "project"
    folder.mkdir()
    tables = [
        TARGET.format(name=name, subscription=azure.subscription)
        for name in ("flex", "premium", "lost")
    ]
    text = PROJECT.format(cloud=cloud.resource_manager.origin) + "".join(tables)
    (folder / "pyproject.toml").write_text(text)
    (folder / "app.env").write_text("MODE=fast\nKEY=${FROM_HERE}\n")
    return folder


@pytest.fixture
def flex(cloud: Cloud) -> Site:
    """Return an app on Flex Consumption."""
    return create(cloud, "flex", "flex")


@pytest.fixture
def premium(cloud: Cloud) -> Site:
    """Return an app on Elastic Premium."""
    return create(cloud, "premium", "premium")


def create(cloud: Cloud, name: str, hosting: Hosting) -> Site:
    settings = {**STORAGE, "OTHERS": FOREIGN} | ({} if hosting == "flex" else ON_APP_SERVICE)
    return cloud.create(SiteSpec(name=name, hosting=hosting, settings=settings))


def brings(cloud: Cloud, site: Site, mark: str, folder: Path) -> str:
    """Let a site run a package that another tool has sent, and return its content."""
    content = hashlib.sha256(mark.encode()).hexdigest()
    label = {"schema": "lading/label/1", "content_sha256": content, "python": "3.13"}
    path = folder / f"{mark}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("host.json", '{"version": "2.0"}')
        archive.writestr("lading.json", json.dumps(label))
    kept = site.packages.keep(path, f"{cloud.clock.utc():%Y%m%d%H%M%S}")
    site.deployments.start(Upload(package=kept, deployer="az_cli_functions"))
    cloud.clock.skip(30)
    cloud.world.agenda.settle()
    return content


def test_a_status_of_several_is_a_table_and_says_which_one_is_not_there(
    user: User, project: Path, cloud: Cloud, flex: Site, premium: Site
) -> None:
    content = brings(cloud, premium, "one", project)
    assert flex.packages.release is None
    said = user.types(project, "status", "--target", "*")
    assert said.code == 7, said.text
    rows = {line.split()[0]: line for line in said.stdout.splitlines()[:4]}
    assert content[:12] in rows["premium"]
    assert "not read" in rows["lost"]
    assert FOREIGN not in said.text
    document = user.types(project, "status", "--target", "premium", "--json").document()
    (target,) = document["targets"]
    assert (document["exit_code"], target["runs"]) == (0, content)
    assert {drift["subject"] for drift in target["drifts"]} == {"KEY", "MODE"}


def test_settings_are_told_by_name_and_written_where_somebody_says_so(
    user: User, project: Path, flex: Site, premium: Site
) -> None:
    said = user.types(project, "settings", "--target", "flex,premium")
    assert said.code == 0, said.text
    assert "+ KEY" in said.stdout
    unasked = user.types(project, "settings", "--target", "flex", "--apply")
    assert (unasked.code, "Add --yes" in unasked.text) == (2, True), unasked.text
    assert "MODE" not in flex.settings
    written = user.types(project, "settings", "--target", "flex,premium", "--apply", "--yes")
    assert written.code == 0, written.text
    for site in (flex, premium):
        assert (site.settings["MODE"], site.settings["KEY"]) == ("fast", SECRET)
        assert site.settings["OTHERS"] == FOREIGN
    again = user.types(project, "settings", "--target", "flex", "--json").document()
    assert again["targets"][0]["differs"] is False
    everything = said.text + unasked.text + written.text + json.dumps(again)
    assert SECRET not in everything
    assert FOREIGN not in everything


def test_values_are_shown_at_a_terminal_to_who_says_yes(
    user: User, project: Path, flex: Site
) -> None:
    flex.settings["MODE"] = "slow-and-steady"
    words = ("settings", "--target", "flex", "--show-values")
    refused = user.types(project, *words)
    assert (refused.code, "on a terminal alone" in refused.text) == (2, True), refused.text
    shown = user.answers(project, *words, answer="y\n")
    assert shown.code == 0, shown.text
    assert '"slow-and-steady"' in shown.text
    assert f'"{SECRET}"' in shown.text
    assert FOREIGN not in shown.text
    hidden = user.answers(project, *words, answer="n\n")
    assert (hidden.code, SECRET in hidden.text) == (2, False), hidden.text


def test_settings_are_written_where_somebody_at_a_terminal_says_yes(
    user: User, project: Path, flex: Site
) -> None:
    words = ("settings", "--target", "flex", "--apply")
    refused = user.answers(project, *words, answer="\n")
    assert refused.code == 2, refused.text
    assert "have the app restart? [y/N]" in refused.text
    assert "MODE" not in flex.settings
    written = user.answers(project, *words, answer="yes\n")
    assert written.code == 0, written.text
    assert flex.settings["MODE"] == "fast"


def test_an_earlier_package_comes_back_and_the_log_says_what_was_deployed(
    user: User, project: Path, cloud: Cloud, premium: Site
) -> None:
    (project / "app.env").write_text("MODE=new\n")
    one = brings(cloud, premium, "one", project)
    brings(cloud, premium, "two", project)
    planned = user.types(project, "rollback", "--target", "premium", "--plan")
    assert planned.code == 0, planned.text
    assert one[:12] in planned.stdout
    assert "the settings stay as they are now" in planned.stdout
    said = user.types(project, "rollback", "--target", "premium", "--yes", "--json")
    assert said.code == 0, said.text
    assert said.document()["targets"][0]["ending"] == "released"
    release = premium.packages.release
    assert release is not None
    assert release.lading["content_sha256"] == one
    assert "MODE" not in premium.settings
    logged = user.types(project, "logs", "--target", "premium", "--deployment")
    assert logged.code == 0, logged.text
    assert "Deployment successful." in logged.stdout


def test_an_app_is_followed_until_ctrl_c(
    user: User, project: Path, cloud: Cloud, premium: Site
) -> None:
    premium.log.append(f"the app says hello and {FOREIGN}")
    with subprocess.Popen(
        [*user.program, "logs", "--target", "premium"],
        cwd=project,
        env=user.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        told = next(line for line in process.stdout if "says hello" in line)
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 130
    assert FOREIGN not in told + rest
    # Who asked, and not a word of the end.
    assert [line.split(" by ")[0] for line in errors.splitlines()] == [
        f"Signed in to {cloud.resource_manager.origin}"
    ]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("status",), 2, "no target was named"),
        (("status", "--target", "flexx"), 2, "Did you mean flex?"),
        (("rollback", "--target", "*"), 2, "Name one of them"),
        (("rollback", "--target", "flex", "--yes"), 7, "--artifact ZIP"),
        (("logs", "--target", "flex"), 2, "Live metrics"),
        (("logs", "--target", "flex", "--json"), 2, "Add --deployment"),
        (("logs", "--target", "premium", "--deployment"), 2, "no deployment is on record"),
        (("settings", "--target", "flex,lost"), 7, "lost: Azure has no such"),
    ],
)
def test_a_wrong_word_or_an_app_that_cannot_says_what_to_do(
    user: User,
    project: Path,
    flex: Site,
    premium: Site,
    words: tuple[str, ...],
    code: int,
    told: str,
) -> None:
    said = user.types(project, *words)
    assert (said.code, told in said.text) == (code, True), said.text
    assert (flex.restarts, premium.restarts) == (0, 0)
