"""`lading build` writes what other tools ask of a package: what is in it, and who made it."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from local_sources import LocalSources, write_sample_project
from tests.user import User

GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "acme/orders",
    "GITHUB_WORKFLOW_REF": "acme/orders/.github/workflows/package.yml@refs/heads/main",
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_RUN_ID": "4711",
}


@pytest.fixture
def project(sources: LocalSources, tmp_path: Path) -> Path:
    return write_sample_project(sources, tmp_path / "project")


def read(project: Path, name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((project / "dist" / name).read_text("utf-8"))
    return document


def git(project: Path, *words: str) -> str:
    me = ("-c", "user.name=Ada", "-c", "user.email=ada@acme.example")
    done = subprocess.run(
        ["git", *me, *words], cwd=project, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def test_the_sbom_fits_its_schema_and_names_every_distribution(user: User, project: Path) -> None:
    user.builds(project)
    text = (project / "dist/orders.cdx.json").read_text("utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    document, report = json.loads(text), read(project, "orders.json")
    root = document["metadata"]["component"]
    assert (root["name"], root["version"]) == (
        "orders",
        f"sha256:{report['artifact']['content_sha256']}",
    )
    told = {one["name"]: one for one in document["components"]}
    assert told.keys() == {one["name"] for one in report["distributions"]}
    for one in report["distributions"]:
        assert told[one["name"]]["hashes"] == [{"alg": "SHA-256", "content": one["sha256"]}]
    assert told["pydantic"]["purl"].startswith("pkg:pypi/pydantic@")
    assert told["pydantic"]["licenses"][0]["license"]["id"] == "MIT"
    graph = {one["ref"]: one.get("dependsOn", []) for one in document["dependencies"]}
    assert told["acme-pricing"]["bom-ref"] in graph["app:orders"]
    assert told["acme-core"]["bom-ref"] in graph[told["acme-pricing"]["bom-ref"]]


def test_the_provenance_leads_from_the_zip_to_lock_commit_and_run(
    user: User, project: Path
) -> None:
    user.types(project, "lock")
    (project / ".gitignore").write_text("/dist/\n/out/\n")
    (project / "functionapp/local.env").write_text("")
    git(project, "init", "--quiet")
    git(project, "remote", "add", "origin", "https://ada:hunter2@git.acme.example/acme/orders")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "-m", "Orders")
    files = ("--sarif", "out/findings.sarif", "--settings", "functionapp/local.env")
    said = user.builds(project, "--frozen", "--app", "orders", *files, **GITHUB)
    assert "beside it: dist/orders.cdx.json, dist/orders.provenance.json" in said.stdout
    statement = read(project, "orders.provenance.json")
    artifact = (project / "dist/orders.zip").read_bytes()
    (subject,) = statement["subject"]
    assert subject["name"] == "orders.zip"
    assert subject["digest"] == {"sha256": hashlib.sha256(artifact).hexdigest()}
    details = statement["predicate"]["runDetails"]
    assert details["builder"]["id"] == f"https://github.com/{GITHUB['GITHUB_WORKFLOW_REF']}"
    assert details["metadata"]["invocationId"].endswith("/acme/orders/actions/runs/4711/attempts/1")
    sbom = (project / "dist/orders.cdx.json").read_bytes()
    assert details["byproducts"][0]["digest"] == {"sha256": hashlib.sha256(sbom).hexdigest()}
    definition = statement["predicate"]["buildDefinition"]
    assert definition["externalParameters"]["options"] == [
        *("--frozen", "--app orders", "--sarif findings.sarif", "--settings local.env"),
    ]
    inputs = {one["name"]: one for one in definition["resolvedDependencies"]}
    assert inputs["the project"] == {
        "name": "the project",
        "uri": "git+https://git.acme.example/acme/orders@refs/heads/main",
        "digest": {"gitCommit": git(project, "rev-parse", "HEAD")},
    }
    lock = (project / "functionapp/requirements.lock").read_bytes()
    found = inputs["functionapp/requirements.lock"]["digest"]
    assert found == {"sha256": hashlib.sha256(lock).hexdigest()}
    assert len(inputs["acme-tax"]["digest"]["gitCommit"]) == 40
    quotes = project / "functionapp/quotes.py"
    quotes.write_text(quotes.read_text("utf-8") + "# in a hurry\n", "utf-8")
    user.builds(project, "--frozen", **GITHUB)
    again = read(project, "orders.provenance.json")["predicate"]["buildDefinition"]
    assert again["resolvedDependencies"][0]["annotations"] == {"modified": True}


def test_neither_statement_holds_a_secret_a_loopback_address_or_a_path(
    user: User, project: Path, sources: LocalSources
) -> None:
    user.builds(project, **GITHUB)
    for name in ("orders.cdx.json", "orders.provenance.json"):
        text = (project / "dist" / name).read_text("utf-8")
        for secret in sources.credentials.values():
            assert secret not in text
        assert "127.0.0.1" not in text
        assert "localhost" not in text
        assert str(project) not in text
        assert "hunter2" not in text


def test_the_same_package_gives_the_same_sbom_and_nothing_is_written_twice(
    user: User, project: Path, sources: LocalSources, tmp_path: Path
) -> None:
    user.builds(project)
    statements = [project / "dist" / f"orders.{kind}.json" for kind in ("cdx", "provenance")]
    before = [(path.read_bytes(), path.stat().st_mtime_ns) for path in statements]
    user.builds(project)
    assert [(path.read_bytes(), path.stat().st_mtime_ns) for path in statements] == before
    other = write_sample_project(sources, tmp_path / "elsewhere")
    for lock in project.rglob("*.lock"):
        (other / lock.relative_to(project)).write_bytes(lock.read_bytes())
    user.builds(other, TZ="Pacific/Kiritimati", LADING_CACHE=str(tmp_path / "another store"))
    assert (other / "dist/orders.cdx.json").read_bytes() == before[0][0]


def test_a_time_that_is_none_is_refused_before_anything_is_written(
    user: User, project: Path
) -> None:
    said = user.types(project, "build", SOURCE_DATE_EPOCH="yesterday")
    assert said.code == 2
    assert "SOURCE_DATE_EPOCH" in said.stderr
    assert not (project / "dist/orders.zip").exists()
    user.builds(project, SOURCE_DATE_EPOCH="1700000000")
    assert read(project, "orders.cdx.json")["metadata"]["timestamp"].startswith("2023-11-14T22:13")
