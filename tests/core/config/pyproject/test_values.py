"""A configuration becomes values, and says no more than it has to."""

from __future__ import annotations

import pytest

from lading.core.config import App, CredentialSpec, GitSource, IndexSource, Project, Target
from lading.core.findings import Allowance
from lading.core.identity import Identity
from tests.core.config.pyproject.reading import APP, ROOT, parse

COMPLETE = """
identity = "azure-cli"
cloud = "china"
advisories = "pypi"

[apps.orders]
folder = "functionapp"
requirements = "functionapp/requirements.txt"
python = "3.13"
bytecode = "required"
audit = "error"
size-budget = "250 MB"
allow = [{code = "end-of-support", package = "x", reason = "until May"}]

[sources.acme]
index = "https://ACME.pkgs.visualstudio.com/_packaging/internal/pypi/simple"
packages = ["Acme_*", "contoso.auth"]
credential = "azure-devops"
ca-bundle = "certificates/ca.pem"
identity = "azure-cli"

[sources.mirror]
index = "https://index.example/simple/"
credential = "command:helper --for 'a b' C:\\\\tools\\\\x"
environment = ["HELPER_HOME"]
default = true
scope = "https://index.example/"
upload = "https://index.example/legacy"

[sources.git]
git = "https://dev.azure.com/Acme"
credential = "env:USER:PASSWORD"

[targets.prod]
app = "orders"
subscription = "s"
resource-group = "g"
function-app = "f"
settings = ["settings/prod.env"]
identity = "azure-pipelines:prod"
slot = "staging"
swap = true
require-proof = true
"""


def test_a_complete_configuration_becomes_values() -> None:
    assert parse(COMPLETE) == Project(
        root=ROOT,
        identity=Identity(method="azure-cli"),
        cloud="china",
        advisories="pypi",
        apps=(
            App(
                name="orders",
                folder="functionapp",
                requirements="functionapp/requirements.txt",
                python="3.13",
                lock="functionapp/requirements.lock",
                bytecode="required",
                audit="error",
                size_budget=250_000_000,
                allow=(Allowance(code="end-of-support", package="x", reason="until May"),),
            ),
        ),
        sources=(
            IndexSource(
                name="acme",
                url="https://pkgs.dev.azure.com/acme/_packaging/internal/pypi/simple/",
                packages=("acme-*", "contoso-auth"),
                credential=CredentialSpec(kind="azure-devops"),
                scope="https://pkgs.dev.azure.com/acme/",
                upload="https://pkgs.dev.azure.com/acme/_packaging/internal/pypi/upload/",
                ca_bundle="/project/certificates/ca.pem",
                identity=Identity(method="azure-cli"),
            ),
            IndexSource(
                name="mirror",
                url="https://index.example/simple/",
                packages=(),
                credential=CredentialSpec(
                    kind="command", arguments=("helper", "--for", "a b", "C:\\tools\\x")
                ),
                scope="https://index.example/",
                default=True,
                upload="https://index.example/legacy",
                environment=("HELPER_HOME",),
            ),
            GitSource(
                name="git",
                url="https://dev.azure.com/acme/",
                credential=CredentialSpec(kind="env", arguments=("USER", "PASSWORD")),
            ),
        ),
        targets=(
            Target(
                name="prod",
                app="orders",
                subscription="s",
                resource_group="g",
                function_app="f",
                settings=("settings/prod.env",),
                identity=Identity(method="azure-pipelines", argument="prod"),
                slot="staging",
                swap=True,
                require_proof=True,
            ),
        ),
    )


def test_an_app_needs_to_say_no_more_than_its_folder_and_python() -> None:
    (app,) = parse(APP).apps

    assert app.requirements == "functionapp/requirements.txt"
    assert app.lock == "functionapp/requirements.lock"
    assert app.sources_lock == "functionapp/sources.lock"


def test_paths_are_posix_and_short_whatever_was_written() -> None:
    (app,) = parse('[apps.a]\nfolder = ".\\\\src\\\\..\\\\f"\npython = "3.13"\n').apps

    assert app.folder == "f"


def test_two_apps_with_the_same_requirements_and_python_share_a_lock() -> None:
    assert len(parse(f'{APP}[apps.second]\nfolder = "functionapp"\npython = "3.13"\n').apps) == 2


def test_a_project_of_sources_only_is_one() -> None:
    text = '[sources.a]\ngit = "https://git.example/"\ncredential = "none"\n'

    assert [source.name for source in parse(text).sources] == ["a"]


@pytest.mark.parametrize(
    ("text", "size"),
    [("250 MB", 250_000_000), ("1.5GiB", 1_610_612_736), ("90 mib", 94_371_840), ("7kB", 7000)],
)
def test_a_size_is_written_as_people_write_it(text: str, size: int) -> None:
    table = f'[apps.a]\nfolder = "a"\npython = "3.13"\nsize-budget = "{text}"\n'
    assert parse(table).apps[0].size_budget == size
