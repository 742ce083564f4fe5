"""From a project to apps that answer: `lading build` and `lading deploy` as a user types them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

from local_azure import LocalAzure
from local_azure.cloud import Cloud
from local_azure.runtime import Runtime
from local_azure.sites.deployments import Upload
from local_azure.sites.hosting import Hosting, SiteSpec, Timing
from local_azure.sites.site import Site
from local_sources import LocalSources
from tests.deployments import STORAGE
from tests.support import make_project
from tests.user import Said, User

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it runs what Linux runs")

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
APP = """\
import os
from pathlib import Path

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="price")
def price(req: func.HttpRequest) -> str:
    return "first " + os.environ["COLOUR"]


@app.route(route="lading", methods=["GET"])
def label(req: func.HttpRequest) -> str:
    return Path(__file__).with_name("lading.json").read_text()
"""
ON_APP_SERVICE = {"FUNCTIONS_WORKER_RUNTIME": "python", "FUNCTIONS_EXTENSION_VERSION": "~4"}
SECONDS = 120
PLANS: dict[str, Hosting] = {"flex": "flex", "premium": "premium", "dedicated": "dedicated"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("deployed")


@pytest.fixture(scope="module")
def built(
    machine: dict[str, str], shared_sources: LocalSources, store: Path, home: Path
) -> tuple[User, Path]:
    """Return a user and a project that was built once, without targets."""
    temporary = home / "tmp"
    temporary.mkdir()
    own = {"HOME": str(home), "TMPDIR": str(temporary), "LADING_CACHE": str(store)}
    environment = shared_sources.environment(machine | own, public=True)
    user = User(environment=environment | shared_sources.credentials)
    files: dict[str, str | bytes] = {"functionapp/function_app.py": APP}
    project = make_project(home / "orders", python=PYTHON, files=files)
    user.builds(project)
    return user, project


@pytest.fixture
def cloud(azure: LocalAzure, machine: dict[str, str], store: Path, home: Path) -> Cloud:
    """Return a cloud that really runs what is deployed."""
    azure.cloud.world.timing = Timing(restart=0.3, step=0.2, swap=0.3, retry_after=0)
    ambient = machine | {"HOME": str(home)}
    azure.cloud.run_packages(Runtime(store=store, ambient=ambient, machine=os.environ))
    return azure.cloud


@pytest.fixture
def user(built: tuple[User, Path], azure: LocalAzure, tmp_path: Path) -> User:
    """Return who deploys: a service principal, which finds the cloud by its address alone."""
    told = azure.variables("client-secret", folder=tmp_path / "run")
    del told["AZURE_AUTHORITY_HOST"]
    return User(environment=built[0].environment | told | {"COLOUR_HERE": "green"})


def site_of(cloud: Cloud, name: str, hosting: Hosting) -> Site:
    settings = {**STORAGE, "OTHERS": "not ours"} | ({} if hosting == "flex" else ON_APP_SERVICE)
    slots = () if hosting == "flex" else ("staging",)
    spec = SiteSpec(name=name, hosting=hosting, python=PYTHON, slots=slots, settings=settings)
    return cloud.create(spec)


@pytest.fixture
def project(built: tuple[User, Path], azure: LocalAzure, cloud: Cloud, tmp_path: Path) -> Path:
    """Return the built project with a target for each hosting plan, and one with a slot."""
    folder = tmp_path / "project"
    shutil.copytree(built[1], folder)
    tables = []
    for target in (*PLANS, "swapped"):
        more = ['slot = "staging"', "swap = true"] if target == "swapped" else []
        name = "orders-premium" if target == "swapped" else f"orders-{target}"
        tables += [
            f"[tool.lading.targets.{target}]",
            *('app = "orders"', f'subscription = "{azure.subscription}"'),
            *('resource-group = "orders"', f'function-app = "{name}"'),
            *('settings = ["settings.env"]', 'variables = ["COLOUR_HERE"]', *more),
        ]
    cloud_key = f'[tool.lading]\ncloud = "{cloud.resource_manager.origin}"\n'
    configuration = folder / "pyproject.toml"
    configuration.write_text(cloud_key + configuration.read_text() + "\n".join(tables) + "\n")
    (folder / "settings.env").write_text("COLOUR=${COLOUR_HERE}\n")
    return folder


def ask(site: Site, sources: LocalSources, path: str) -> str:
    bundle = str(sources.certificates.bundle)
    with urllib3.PoolManager(ca_certs=bundle, retries=False, timeout=SECONDS) as pool:
        return pool.request("GET", f"{site.origin}{path}").data.decode()


def content_of(project: Path) -> str:
    report = json.loads((project / "dist/orders.json").read_text())
    return str(report["artifact"]["content_sha256"])


def is_clean(said: Said, azure: LocalAzure) -> None:
    for secret in (azure.entra.client_secret, "not ours", "green", *azure.issued):
        assert secret not in said.text


def test_one_command_deploys_to_every_plan_and_the_apps_answer(
    user: User, project: Path, azure: LocalAzure, cloud: Cloud, sources: LocalSources
) -> None:
    sites = {name: site_of(cloud, f"orders-{name}", hosting) for name, hosting in PLANS.items()}
    planned = user.types(project, "deploy", "--target", "flex,premium,dedicated", "--plan")
    assert planned.code == 0, planned.text
    assert "upload dist/orders.zip" in planned.stdout
    assert all(site.packages.release is None for site in sites.values())
    said = user.types(project, "deploy", "--target", "flex,premium,dedicated", "--yes", "--json")
    assert said.code == 0, said.text
    assert said.stderr.count(f"Signed in to {cloud.resource_manager.origin} by client-secret") == 1
    is_clean(said, azure)
    content = content_of(project)
    for target in said.document()["targets"]:
        assert target["ending"] == "released"
        origins = {
            piece["origin"] for piece in target["proof"]["evidence"] if piece["says"] == "new"
        }
        assert {"Resource Manager", "the app"} <= origins
    for site in sites.values():
        assert ask(site, sources, "/api/price") == "first green"
        assert json.loads(ask(site, sources, "/api/lading"))["content_sha256"] == content
        assert site.settings["OTHERS"] == "not ours"
        assert not site.packages.built
    again = user.types(project, "deploy", "--target", "premium", "--yes")
    assert (again.code, "nothing was done" in again.stdout) == (0, True), again.text


def test_a_slot_is_proven_and_then_swapped(
    user: User, project: Path, cloud: Cloud, sources: LocalSources
) -> None:
    site = site_of(cloud, "orders-premium", "premium")
    said = user.types(project, "deploy", "--target", "swapped", "--yes")
    assert said.code == 0, said.text
    assert f"orders-premium runs {content_of(project)[:12]}" in said.stdout
    assert ask(site, sources, "/api/price") == "first green"


@pytest.fixture
def flex(cloud: Cloud) -> Site:
    return site_of(cloud, "orders-flex", "flex")


def test_a_package_without_its_bill_of_lading_is_not_taken_unless_it_is_named(
    user: User, project: Path, flex: Site
) -> None:
    (project / "dist/orders.json").unlink()
    said = user.types(project, "deploy", "--target", "flex", "--yes")
    assert (said.code, "dist/orders.json, the bill of lading" in said.text) == (2, True), said.text
    assert flex.packages.release is None


@pytest.mark.parametrize("change", ["file", "artifact", "lock", "requirements"])
def test_what_the_checkout_is_not_any_more_is_refused(
    user: User, project: Path, flex: Site, change: str
) -> None:
    artifact = project / "dist/orders.zip"
    match change:
        case "file":
            (project / "functionapp/more.py").write_text("NEW = 1\n")
        case "artifact":
            artifact.write_bytes(artifact.read_bytes() + b" ")
        case "lock":
            (project / "functionapp/requirements.lock").unlink()
        case _:
            configuration = project / "pyproject.toml"
            text = configuration.read_text().replace(
                'requirements = "functionapp/requirements.txt"', 'requirements = "wanted.txt"'
            )
            configuration.write_text(text.replace("lock =", "# lock ="))
            (project / "wanted.txt").write_text("azure-functions\nanyio\n")
            shutil.move(project / "functionapp/requirements.lock", project / "requirements.lock")
    said = user.types(project, "deploy", "--target", "flex", "--yes")
    assert said.code == 6, said.text
    assert flex.packages.release is None
    if change == "file":
        named = user.types(
            project, "deploy", "--target", "flex", "--artifact", "dist/orders.zip", "--plan"
        )
        assert named.code == 0, named.text


def test_a_stranger_s_package_is_verified_first(user: User, project: Path, flex: Site) -> None:
    stranger = project / "other.zip"
    shutil.copyfile(project / "dist/orders.zip", stranger)
    words = ("deploy", "--target", "flex", "--artifact", "other.zip", "--plan", "--json")
    said = user.types(project, *words)
    assert said.code == 0, said.text
    assert said.document()["plans"][0]["package"]["imported"] is True
    assert flex.packages.release is None


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--target", "flexx"), 2, "Did you mean flex?"),
        (("--target", "zzz*"), 2, "no target matches"),
        ((), 2, "no target was named"),
        (("--target", "flex"), 2, "Add --yes"),
        (("--target", "flex,premium"), 7, "premium: Azure has no such Function App"),
    ],
)
def test_a_wrong_word_says_what_to_write(
    user: User, project: Path, flex: Site, words: tuple[str, ...], code: int, told: str
) -> None:
    said = user.types(project, "deploy", *words)
    assert (said.code, told in said.text) == (code, True), said.text
    assert flex.packages.release is None


# Return is no, and so is Ctrl-D.
@pytest.mark.parametrize("answer", ["n\n", "\n", "\x04"])
def test_nothing_is_changed_where_nobody_says_yes(
    user: User, project: Path, flex: Site, answer: str
) -> None:
    said = user.answers(project, "deploy", "--target", "flex", answer=answer)
    assert said.code == 2, said.text
    assert "nothing was changed, as nobody said y" in said.text.splitlines()[-2]
    assert flex.packages.release is None


def test_whoever_says_yes_sees_it_done_and_an_artifact_leads_back(
    user: User, project: Path, flex: Site, sources: LocalSources
) -> None:
    said = user.answers(project, "deploy", "--target", "flex", answer="y\n")
    assert said.code == 0, said.text
    content = content_of(project)
    assert said.text.rstrip().endswith(f"orders-flex runs {content[:12]}")
    # A later release, which another tool has brought.
    later = project / "later.zip"
    with zipfile.ZipFile(later, "w") as archive:
        archive.writestr("host.json", '{"version": "2.0"}')
    sent = Upload(package=flex.packages.receive([later.read_bytes()]), deployer="az_cli_functions")
    flex.deployments.start(sent)
    flex.world.clock.skip(30)
    flex.world.agenda.settle()
    release = flex.packages.release
    assert release is not None
    assert release.lading == {}
    words = ("rollback", "--target", "flex", "--artifact", "dist/orders.zip", "--yes", "--json")
    back = user.types(project, *words)
    assert back.code == 0, back.text
    (target,) = back.document()["targets"]
    assert (target["ending"], target["plan"]["package"]["content_sha256"]) == ("released", content)
    assert ask(flex, sources, "/api/price") == "first green"


@pytest.fixture
def deploying(user: User, project: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a deployment to Flex, and end it at the latest with the test."""
    process = subprocess.Popen(
        [sys.executable, "-m", "lading", "deploy", "--target", "flex", "--yes"],
        cwd=project,
        env=user.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_whatever_ends_it_the_next_run_goes_on(
    user: User,
    project: Path,
    flex: Site,
    sources: LocalSources,
    request: pytest.FixtureRequest,
    number: signal.Signals,
) -> None:
    # Nothing goes on by itself: it is under way for as long as it takes to end it.
    flex.world.timing = Timing(restart=0.3, step=400.0, retry_after=0)
    process: subprocess.Popen[str] = request.getfixturevalue("deploying")
    until = time.monotonic() + SECONDS
    while flex.deployments.running is None:
        assert time.monotonic() < until
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.02)
    process.send_signal(number)
    text = process.communicate(timeout=SECONDS)[0]
    if number == signal.SIGINT:
        assert process.returncode == 130, text
        assert "it is not known what orders-flex runs" in text, text
    flex.world.timing = Timing(restart=0.3, step=0.2, retry_after=0)
    flex.world.clock.skip(1300)
    said = user.types(project, "deploy", "--target", "flex", "--yes")
    assert said.code == 0, said.text
    assert ask(flex, sources, "/api/price") == "first green"
