"""What the SBOM and the provenance say of every kind of thing that a lock can hold."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from lading.core.bundle import assemble_layers
from lading.core.config import App, CredentialSpec, IndexSource, Project
from lading.core.errors import UsageError
from lading.core.layer import SITE_PACKAGES, Layer, Member
from lading.core.lock import Lock, LockedFile, LockedSource
from lading.core.statements import Freight, Inventory, assemble_inventory, parse_epoch
from lading.core.statements.cyclonedx import render_sbom
from lading.core.statements.licences import SelfDescription
from lading.core.statements.provenance import Checkout, Circumstances, Product, render_provenance
from lading.core.statements.runs import Run
from lading.core.wheel import Wheel

APP = App(name="orders", folder="f", requirements="f/r.txt", python="3.13", lock="f/r.lock")
SCHEMA = JsonStrictValidator(SchemaVersion.V1_6)
COMMIT = "c0ffee" * 6 + "cafe"
ACME = IndexSource(
    name="acme",
    url="https://pkgs.dev.azure.com/acme/_packaging/internal/pypi/simple/",
    packages=("acme-*",),
    credential=CredentialSpec(kind="azure-devops"),
    scope="https://pkgs.dev.azure.com/acme/",
)


def digest(name: str) -> str:
    return name.encode().hex().ljust(64, "0")[:64]


def file(
    name: str, source: str, *required_by: str, suffix: str = "-py3-none-any.whl"
) -> LockedFile:
    return LockedFile(
        name=name,
        version="1.0",
        filename=f"{name.replace('-', '_')}-1.0{suffix}",
        sha256=digest(name),
        source=source,
        required_by=required_by,
    )


LOCK = Lock(
    python="3.13",
    platform="x86_64-manylinux_2_36",
    fingerprint="f" * 64,
    files=(
        file("acme-core", "acme", "acme-pricing"),
        file("acme-pricing", "acme", "f/r.txt"),
        file("wares", "default", "acme-core", "f/r.txt"),
    ),
    sources=(
        LockedSource(
            kind="git",
            name="acme-tax",
            version="1.0",
            url="https://dev.azure.com/acme/platform/_git/acme-tax",
            commit=COMMIT,
            subdirectory="python",
            required_by=("f/r.txt",),
            build_requires=("setuptools==1.0",),
        ),
        LockedSource(
            kind="path", name="shared", version="1.0", path="../shared", required_by=("f/r.txt",)
        ),
        LockedSource(
            kind="archive",
            name="old",
            version="1.0",
            file=file("old", "default", suffix=".tar.gz"),
            required_by=("wares",),
        ),
        LockedSource(
            kind="url",
            name="direct",
            version="1.0",
            url="https://x.blob.core.windows.net/direct-1.0-py3-none-any.whl?sig=hunter2",
            sha256=digest("direct"),
            required_by=("f/r.txt",),
        ),
    ),
    build_files=(file("setuptools", "default"),),
)


def layer(name: str, *files: str) -> Layer:
    members = tuple(
        Member(
            name=one,
            mode=0o644,
            size=1,
            sha256=digest(one),
            crc=0,
            method=0,
            compressed_size=1,
            offset=0,
        )
        for one in files
    )
    return Layer(
        key=name,
        name=name,
        version="1.0",
        wheel_sha256=digest(name),
        blob_sha256="",
        members=members,
        interpreter="3.13.2",
    )


@pytest.fixture
def freight() -> Freight:
    wheels = tuple(
        Wheel(
            name=thing.name,
            version=thing.version,
            filename=f"{thing.name.replace('-', '_')}-1.0-py3-none-any.whl",
            sha256=digest(f"wheel of {thing.name}"),
            source=thing.source if isinstance(thing, LockedFile) else thing.kind,
            path=Path(thing.name),
        )
        for thing in LOCK.loaded
    )
    layers = (layer("wares", "wares.py", "wares-1.0.dist-info/sboms/rust.cdx.json"),)
    return Freight(
        project=Project(root=Path("project"), apps=(APP,), sources=(ACME,)),
        app=APP,
        lock=LOCK,
        wheels=wheels,
        bundle=assemble_layers(layers),
    )


@pytest.fixture
def inventory(freight: Freight) -> Inventory:
    return assemble_inventory(freight, epoch=None)


def sbom(inventory: Inventory, **words: SelfDescription) -> dict[str, Any]:
    text = render_sbom(inventory, words)
    assert SCHEMA.validate_str(text) is None
    document: dict[str, Any] = json.loads(text)
    return document


def components(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in document["components"]}


def provenance(freight: Freight, checkout: Checkout, run: Run) -> dict[str, Any]:
    circumstances = Circumstances(
        run=run,
        checkout=checkout,
        options=("--frozen",),
        locks=(Product(name="f/r.lock", sha256=digest("lock")),),
        lading="0.1.0",
    )
    text = render_provenance(
        freight,
        circumstances,
        artifact=Product(name="orders.zip", sha256=digest("zip")),
        sbom=Product(name="orders.cdx.json", sha256=digest("sbom")),
    )
    document: dict[str, Any] = json.loads(text)
    return document


def dependencies(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    resolved = document["predicate"]["buildDefinition"]["resolvedDependencies"]
    return {one["name"]: one for one in resolved}


def test_a_private_name_is_never_taken_for_the_public_one(inventory: Inventory) -> None:
    told = {name: one["purl"] for name, one in components(sbom(inventory)).items()}
    assert told["wares"] == "pkg:pypi/wares@1.0"
    assert told["acme-core"].startswith("pkg:pypi/acme-core@1.0?repository_url=https")
    assert "vcs_url=git%2Bhttps" in told["acme-tax"]
    assert COMMIT in told["acme-tax"]
    assert told["shared"] == "pkg:generic/shared@1.0"
    assert told["direct"].endswith("direct-1.0-py3-none-any.whl")


def test_a_home_that_may_not_be_told_makes_no_public_name(freight: Freight) -> None:
    here = replace(ACME, url="https://127.0.0.1:8443/simple/")
    project = replace(freight.project, sources=(here,))
    told = components(sbom(assemble_inventory(replace(freight, project=project), epoch=None)))
    assert told["acme-core"]["purl"] == "pkg:generic/acme-core@1.0"
    assert told["wares"]["purl"] == "pkg:pypi/wares@1.0"


def test_a_mirror_of_the_public_index_owns_only_what_is_declared(freight: Freight) -> None:
    mirror = replace(
        freight, project=replace(freight.project, sources=(replace(ACME, default=True),))
    )
    homes = {one.name: one.home for one in assemble_inventory(mirror, epoch=None).distributions}
    assert homes["wares"] is homes["old"] is None
    assert homes["acme-core"] == ACME.url


def test_the_graph_is_that_of_the_lock(inventory: Inventory) -> None:
    graph = {one["ref"]: one.get("dependsOn", []) for one in sbom(inventory)["dependencies"]}
    assert graph["app:orders"] == [
        "acme-pricing==1.0",
        "acme-tax==1.0",
        "direct==1.0",
        "shared==1.0",
        "wares==1.0",
    ]
    assert graph["acme-pricing==1.0"] == ["acme-core==1.0"]
    assert graph["wares==1.0"] == ["old==1.0"]
    assert graph["old==1.0"] == []


def test_each_thing_says_where_it_is_from(inventory: Inventory) -> None:
    told = components(sbom(inventory))
    properties = {
        name: {each["name"]: each["value"] for each in one["properties"]}
        for name, one in told.items()
    }
    assert properties["wares"]["lading:source"] == "the default index"
    assert properties["acme-core"]["lading:source"] == "acme"
    assert properties["old"]["lading:built-from"] == "archive"
    assert told["acme-tax"]["externalReferences"] == [
        {
            "type": "vcs",
            "url": f"git+https://dev.azure.com/acme/platform/_git/acme-tax@{COMMIT}"
            "#subdirectory=python",
        }
    ]
    assert told["old"]["externalReferences"][0]["url"] == "old-1.0.tar.gz"
    (bundled,) = told["wares"]["externalReferences"]
    assert bundled["type"] == "bom"
    assert bundled["url"] == f"{SITE_PACKAGES}wares-1.0.dist-info/sboms/rust.cdx.json"


@pytest.mark.parametrize(
    ("words", "licences"),
    [
        (SelfDescription(expression="MIT"), [{"license": {"id": "MIT"}}]),
        (
            SelfDescription(expression="MIT OR Apache-2.0"),
            [{"expression": "MIT OR Apache-2.0"}],
        ),
        (SelfDescription(licences=("apache-2.0",)), [{"license": {"id": "Apache-2.0"}}]),
        (
            SelfDescription(licences=("MIT License", "BSD-3-Clause")),
            [{"license": {"id": "BSD-3-Clause"}}, {"license": {"name": "MIT License"}}],
        ),
        (SelfDescription(licences=("Acme's own",)), [{"license": {"name": "Acme's own"}}]),
        (SelfDescription(expression="no ( expression"), [{"license": {"name": "no ( expression"}}]),
    ],
)
def test_licences_are_in_the_words_of_spdx_where_they_are_known(
    inventory: Inventory, words: SelfDescription, licences: list[dict[str, object]]
) -> None:
    found = components(sbom(inventory, wares=words))["wares"]["licenses"]
    for one in found:
        assert one.get("license", one).pop("acknowledgement") == "declared"
    assert found == licences


def test_the_serial_number_and_all_else_follow_from_the_package(inventory: Inventory) -> None:
    assert render_sbom(inventory, {}) == render_sbom(inventory, {})
    document = sbom(inventory)
    assert "timestamp" not in document["metadata"]
    other = sbom(replace(inventory, content_sha256="0" * 64))
    assert other["serialNumber"] != document["serialNumber"]
    timed = sbom(replace(inventory, epoch=0))
    assert timed["metadata"]["timestamp"].startswith("1970-01-01T00:00:00")


@pytest.mark.parametrize("text", ["-1", "1.5", "soon", "٣", "9" * 12, "0" * 4400])
def test_an_epoch_that_is_no_time_is_refused(text: str) -> None:
    assert parse_epoch("1700000000") == 1_700_000_000
    assert parse_epoch("") is parse_epoch(None) is None
    with pytest.raises(UsageError, match="SOURCE_DATE_EPOCH"):
        parse_epoch(text)


def test_every_input_has_a_digest_and_says_what_it_was_for(freight: Freight) -> None:
    document = provenance(freight, Checkout(), Run())
    told = dependencies(document)
    assert told.keys() == {
        "f/r.lock",
        "acme-tax",
        "shared",
        "direct",
        "old-1.0.tar.gz",
        *(one.filename for one in (*LOCK.files, *LOCK.build_files)),
    }
    assert all(one["digest"] for one in told.values())
    assert told["acme-tax"]["digest"] == {"gitCommit": COMMIT}
    assert told["setuptools-1.0-py3-none-any.whl"]["annotations"]["for"] == "build"
    assert told["wares-1.0-py3-none-any.whl"]["annotations"]["source"] == "the default index"
    assert "hunter2" not in json.dumps(document)
    assert "../shared" not in json.dumps(document)


def test_the_builder_is_whose_run_it_was(freight: Freight) -> None:
    local = provenance(freight, Checkout(), Run())["predicate"]["runDetails"]
    assert local["builder"]["id"] == "urn:lading:builder:local"
    assert "metadata" not in local
    run = Run(builder="https://ci.example/1", invocation="https://ci.example/1/2")
    there = provenance(freight, Checkout(), run)["predicate"]["runDetails"]
    assert there["builder"]["id"] == "https://ci.example/1"
    assert there["metadata"] == {"invocationId": "https://ci.example/1/2"}


def test_a_clone_of_a_folder_names_its_commit_and_no_path(freight: Freight) -> None:
    checkout = Checkout(commit=COMMIT, remote="/home/ada/orders", modified=True)
    told = dependencies(provenance(freight, checkout, Run(ref="refs/heads/main")))
    assert told["the project"] == {
        "name": "the project",
        "digest": {"gitCommit": COMMIT},
        "annotations": {"modified": True},
    }
