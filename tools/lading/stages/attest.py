"""Bundle → the statements that travel with the package: its SBOM, and its provenance."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError

from lading.core.bundle import Bundle, Entry
from lading.core.layer import SITE_PACKAGES
from lading.core.statements import Freight, assemble_inventory, parse_epoch
from lading.core.statements.licences import SelfDescription, parse_self_description
from lading.core.statements.provenance import Checkout, Circumstances, Product, render_provenance
from lading.core.statements.runs import parse_run
from lading.edges.archive import Artifact
from lading.edges.ci import read_ci_system
from lading.edges.git import Git
from lading.edges.installer import read_tool_version
from lading.edges.layers.shelf import open_blob, read_member
from lading.edges.lock_folder import read_lock_hashes
from lading.edges.store import Store

# Whoever changes what is rendered of an inventory raises this, and every SBOM is made again.
RULES = 1
_KIND = "sbom"
_LIBRARY = "cyclonedx-python-lib"
_METADATA = ".dist-info/METADATA"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What lies in dist/: the artifact, and the SBOM's text under its file name there."""

    artifact: Artifact
    sbom_name: str
    sbom: str


def describe_bundle(freight: Freight, *, store: Store, ambient: Mapping[str, str]) -> str:
    """Return the SBOM of a package; one that was made before is taken from the store.

    Raises UsageError where SOURCE_DATE_EPOCH is no time.
    """
    inventory = assemble_inventory(freight, epoch=parse_epoch(ambient.get("SOURCE_DATE_EPOCH")))
    key = f"rules {RULES}, {_LIBRARY} {read_tool_version(_LIBRARY)}, {inventory.digest}"
    kept = store.read_record(_KIND, key)
    if kept is not None:
        return kept.decode()
    # It and its list of licences take longer to load than most builds that change nothing.
    from lading.core.statements.cyclonedx import render_sbom  # noqa: PLC0415

    text = render_sbom(inventory, dict(_self_descriptions(freight.bundle, store)))
    store.write_record(_KIND, key, text.encode())
    return text


def attest_artifact(
    freight: Freight,
    written: Written,
    *,
    options: tuple[str, ...],
    git: Git,
    ambient: Mapping[str, str],
) -> str:
    """Return the provenance of an artifact: who made it here, now, and from what."""
    root, app = freight.project.root, freight.app
    commit = git.read_head(root)
    made_of = ("pyproject.toml", app.folder, app.requirements, app.lock, app.sources_lock)
    checkout = Checkout(
        commit=commit,
        remote=git.read_remote(root) if commit else "",
        modified=git.is_modified(root, made_of) if commit else False,
    )
    circumstances = Circumstances(
        run=parse_run(read_ci_system(ambient), ambient),
        checkout=checkout,
        options=options,
        locks=tuple(
            Product(name=name, sha256=sha256) for name, sha256 in read_lock_hashes(root, app)
        ),
        lading=_own_version(),
    )
    sbom_sha256 = hashlib.sha256(written.sbom.encode()).hexdigest()
    return render_provenance(
        freight,
        circumstances,
        artifact=Product(name=written.artifact.path.name, sha256=written.artifact.sha256),
        sbom=Product(name=written.sbom_name, sha256=sbom_sha256),
    )


def _self_descriptions(bundle: Bundle, store: Store) -> Iterator[tuple[str, SelfDescription]]:
    for entry in bundle.entries:
        name = entry.name.removeprefix(SITE_PACKAGES)
        # A distribution may carry others in a folder of its own; they are no part of the lock.
        if name.endswith(_METADATA) and name.count("/") == 1 and entry.layer.name:
            yield entry.layer.name, parse_self_description(_read(entry, store))


def _read(entry: Entry, store: Store) -> bytes:
    with open_blob(entry.layer, store=store) as blob:
        return b"".join(read_member(blob, entry.member))


def _own_version() -> str:
    try:
        return read_tool_version("lading")
    except PackageNotFoundError:
        # A copy of the folder works too; nobody gave it a number.
        return "unknown"
