"""The provenance: who made a package from what, as an in-toto statement with SLSA's predicate."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from lading.core.config import DEFAULT_INDEX
from lading.core.lock import LockedFile, LockedSource, LockedThing
from lading.core.statements import Freight, Origin, origin_of
from lading.core.statements.addresses import git_address
from lading.core.statements.runs import Run

# What the parameters of this kind of build mean is said in README.md.
BUILD_TYPE = "urn:lading:build:1"
_STATEMENT = "https://in-toto.io/Statement/v1"
_PREDICATE = "https://slsa.dev/provenance/v1"
_LOADED, _NEEDED = "package", "build"


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A file that a build wrote: its name in dist/, and its SHA-256 in hex."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """What Git says of the project; `commit` and `remote` are "" where it says nothing.

    `modified` tells that what was built is not what the commit holds.
    """

    commit: str = ""
    remote: str = ""
    modified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """How a build was asked for and where it ran.

    `options` are those of the command line that were used; `locks` name and SHA-256 of the lock's
    files; `lading` is the version of this tool.
    """

    run: Run
    checkout: Checkout
    options: tuple[str, ...]
    locks: tuple[Product, ...]
    lading: str


def render_provenance(
    freight: Freight, circumstances: Circumstances, *, artifact: Product, sbom: Product
) -> str:
    """Return the statement as a JSON document; it has no time, so a run gives it once and again."""
    run = circumstances.run
    metadata = {"metadata": {"invocationId": run.invocation}} if run.invocation else {}
    document = {
        "_type": _STATEMENT,
        "subject": [
            {
                **_product(artifact),
                "annotations": {"contentSha256": freight.bundle.content_sha256},
            }
        ],
        "predicateType": _PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {
                    "app": freight.app.name,
                    "python": freight.app.python,
                    "bytecode": freight.app.bytecode,
                    "slim": list(freight.app.slimming.rules),
                    "slimExcept": [str(one) for one in freight.app.slimming.exemptions],
                    "options": list(circumstances.options),
                },
                "internalParameters": {
                    "platform": freight.lock.platform,
                    "lockFingerprint": freight.lock.fingerprint,
                    "interpreters": _interpreters(freight),
                    **dict(run.facts),
                },
                "resolvedDependencies": list(_dependencies(freight, circumstances)),
            },
            "runDetails": {
                "builder": {"id": run.builder, "version": {"lading": circumstances.lading}},
                **metadata,
                "byproducts": [_product(sbom)],
            },
        },
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _product(product: Product) -> dict[str, object]:
    return {"name": product.name, "digest": {"sha256": product.sha256}}


def _interpreters(freight: Freight) -> list[str]:
    found = {entry.layer.interpreter for entry in freight.bundle.entries if entry.layer.interpreter}
    return sorted(found)


def _dependencies(freight: Freight, circumstances: Circumstances) -> Iterable[dict[str, object]]:
    if circumstances.checkout.commit:
        yield _repository(circumstances.checkout, circumstances.run)
    yield from (_product(lock) for lock in circumstances.locks)
    wheels = {wheel.name: wheel.sha256 for wheel in freight.wheels}
    for thing in freight.lock.loaded:
        yield _resolved(thing, use=_LOADED, wheel=wheels.get(thing.name, ""))
    for thing in freight.lock.needed:
        yield _resolved(thing, use=_NEEDED)


def _repository(checkout: Checkout, run: Run) -> dict[str, object]:
    resource: dict[str, object] = {"name": "the project"}
    if address := git_address(checkout.remote, run.ref):
        resource["uri"] = address
    resource["digest"] = {"gitCommit": checkout.commit}
    if checkout.modified:
        resource["annotations"] = {"modified": True}
    return resource


def _resolved(thing: LockedThing, *, use: str, wheel: str = "") -> dict[str, object]:
    """Return one input; `wheel` is the hash of what was made of it, where that is known."""
    told: dict[str, object] = {"version": thing.version, "for": use}
    if isinstance(thing, LockedFile):
        return {
            "name": thing.filename,
            "digest": {"sha256": thing.sha256},
            "annotations": {**told, "source": _source(thing.source)},
        }
    origin = origin_of(thing)
    if thing.file is not None:
        told["source"] = _source(thing.file.source)
    if wheel and not thing.is_wheel:
        told["wheelSha256"] = wheel
    # SLSA wants an address, a hash or the content; a folder of the project has its own wheel's.
    digest = _digest(thing, origin) or ({"sha256": wheel} if wheel else {})
    return {
        "name": origin.filename or thing.name,
        **({"uri": origin.address} if origin.address else {}),
        **({"digest": digest} if digest else {}),
        "annotations": told,
    }


def _digest(thing: LockedSource, origin: Origin) -> dict[str, str]:
    if thing.kind == "git":
        return {"gitCommit": thing.commit}
    return {"sha256": origin.sha256} if origin.sha256 else {}


def _source(name: str) -> str:
    return "the default index" if name == DEFAULT_INDEX else name
