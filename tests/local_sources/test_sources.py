"""Everything together: ready soon, reset between tests, described for people and programs."""

from __future__ import annotations

import os
import signal
import ssl
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from local_sources import (
    GitCommit,
    LocalSources,
    estate,
    write_sample_project,
)
from local_sources.sources import Feed
from tests.local_sources.conftest import Client

ROOT = Path(__file__).parents[2]


def test_every_host_has_a_port_of_its_own(sources: LocalSources) -> None:
    assert len({host.port for host in sources.hosts}) == len(sources.hosts)


def test_credentials_are_new_in_every_start_and_differ(
    machine: dict[str, str], sources: LocalSources
) -> None:
    with LocalSources(machine) as others:
        tokens = [
            *(sources.token, sources.git_token, sources.contoso_token),
            *(others.token, others.git_token, others.contoso_token),
        ]
    assert len(set(tokens)) == 6


def test_nothing_is_left_behind(machine: dict[str, str]) -> None:
    with LocalSources(machine) as sources:
        folder = sources.authority.parent
        assert folder.is_dir()
        assert sources.certificates.key.stat().st_mode & 0o077 == 0
    assert not folder.exists()


def test_reset_undoes_what_a_test_did(shared_sources: LocalSources) -> None:
    sources = shared_sources
    sources.reset()
    before = sorted(path.name for path in sources.private_packages.folder.iterdir())
    commit = sources.repository().resolve("main")
    port = sources.index.port
    sources.add_wheel("acme-pricing", "2.0")
    sources.public_packages.add_wheel("acme-pricing", "99.0")
    sources.repository().commit(GitCommit(files={"a": "1"}))
    sources.add_git_repository("/acme/platform/_git/new", GitCommit(files={"a": "1"}))
    sources.refuses_want_by_commit = sources.html_only = True
    sources.passes_on = False
    sources.git.fail("500")
    sources.index.stop()
    sources.reset()
    assert sorted(path.name for path in sources.private_packages.folder.iterdir()) == before
    assert list(sources.public_packages.folder.iterdir()) == []
    assert sources.repository().resolve("main") == commit
    assert sources.index.port == port
    assert not sources.refuses_want_by_commit
    assert not sources.html_only
    assert sources.passes_on
    assert sources.log() == ()
    with pytest.raises(KeyError):
        sources.repository("/acme/platform/_git/new")


def test_children_trust_the_test_authority_and_the_system_s(
    sources: LocalSources, ambient: dict[str, str]
) -> None:
    environment = sources.environment(ambient | {"SSL_CERT_DIR": "/somewhere"})
    assert "SSL_CERT_DIR" not in environment
    assert environment["HOME"] == ambient["HOME"]
    bundle = environment["SSL_CERT_FILE"]
    assert {environment[name] for name in ("PIP_CERT", "GIT_SSL_CAINFO")} == {bundle}
    context = ssl.create_default_context(cafile=bundle)
    assert context.cert_store_stats()["x509_ca"] > 10


def test_the_environment_holds_no_credential(sources: LocalSources) -> None:
    environment = sources.environment(public=True)
    assert environment["PIP_INDEX_URL"] == sources.public_url
    assert not {sources.token, sources.git_token} & set(environment.values())
    assert sources.credentials["ACME_TOKEN"] == sources.token


def test_the_configuration_names_feed_repositories_and_variables(sources: LocalSources) -> None:
    feeds: dict[Feed, str] = {"index": sources.index_url, "mirror": sources.mirror_url}
    for feed, url in feeds.items():
        tables = tomllib.loads(sources.configuration(feed))["tool"]["lading"]["sources"]
        assert tables["acme"]["index"] == url
        assert tables["acme"].get("default", False) == (feed == "mirror")
        assert tables["acme-git"] == {
            "git": sources.git_url,
            "credential": "env:ACME_USER:ACME_GIT_TOKEN",
        }
    azure = tomllib.loads(sources.configuration("azure"))["tool"]["lading"]["sources"]["acme"]
    assert azure["scope"] == f"{sources.azure.origin}/acme/"


def test_the_sample_project_is_the_sample_app_with_local_addresses(
    sources: LocalSources, tmp_path: Path
) -> None:
    root = write_sample_project(sources, tmp_path / "p", python="3.13")
    app = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["lading"]["apps"]["orders"]
    assert app["python"] == "3.13"
    copied = root / app["folder"]
    for name in ("function_app.py", "quotes.py", "host.json", ".funcignore"):
        assert (copied / name).read_bytes() == (ROOT / "functionapp" / name).read_bytes()
    requirements = (root / app["requirements"]).read_text()
    assert f"acme-tax @ git+{sources.tax_url}@v2.1.0" in requirements
    assert "dev.azure.com" not in requirements


def test_submodules_point_where_the_estate_says(sources: LocalSources, client: Client) -> None:
    foreign = f"{sources.other.origin}{estate.PARTNER_RATES}/info/refs?service=git-upload-pack"
    same = f"{sources.git.origin}{estate.RATES}/info/refs?service=git-upload-pack"
    assert client.get(foreign).status == 200
    assert client.get(same).status == 401
    assert client.get(same, sources.git_token).status == 200


def test_the_command_serves_until_it_is_interrupted(machine: dict[str, str]) -> None:
    environment = machine | {"PYTHONPATH": str(ROOT / "tools")}
    command = [sys.executable, "-m", "local_sources", "--verbose"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        lines = [process.stdout.readline()]
        while "acme-git" not in lines[-1]:
            lines.append(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    shown = "".join(lines) + rest
    assert "Ready after" in shown
    assert "# upload = " in shown
    assert "export ACME_TOKEN=" in shown
    assert os.linesep + "# [tool.lading.sources.acme]" in shown
    authority = next(line for line in lines if line.startswith("# authority")).split()[-1]
    assert not Path(authority).exists()
