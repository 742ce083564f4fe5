"""Bundle → Findings: whatever must not leave, and whatever should be known before it does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from lading.core.bundle import Bundle, Collision, Entry, owner_of
from lading.core.checks import (
    check_alike,
    check_collisions,
    check_pth,
    check_runtime,
)
from lading.core.checks.names import check_names, imported_names
from lading.core.checks.namespaces import without_namespaces
from lading.core.checks.native import check_native
from lading.core.checks.records import RECORD, check_records
from lading.core.checks.secrets import check_exposed, check_holders
from lading.core.checks.size import check_size
from lading.core.checks.tree import check_tree, check_vendored, vendored_distributions
from lading.core.checks.worker import check_worker
from lading.core.config import App
from lading.core.findings import Finding
from lading.core.layer import SITE_PACKAGES, Layer
from lading.core.layer.bytecode import check_bytecode
from lading.core.requirements.text_files import parse_text
from lading.core.secret import Secret, encodings
from lading.edges.layers.shelf import open_blob, read_member
from lading.edges.store import Store

_REQUIREMENTS = "requirements.txt"
# Nobody wrote a longer file by hand.
_MOST_TEXT = 4 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """What is searched for, and in whose files.

    `secrets` are the tokens of this build. `made_here` are the distributions whose bytes were made
    or served by someone who could know one: what was built here, and what private sources serve.
    A public file was fixed by its hash before any of these tokens was issued.
    """

    secrets: tuple[Secret, ...]
    made_here: frozenset[str]


def prove(
    bundle: Bundle, app: App, *, suspicion: Suspicion, today: dt.date, store: Store
) -> tuple[Finding, ...]:
    """Return everything that was noticed about a package, errors and warnings."""
    layers = _layers(bundle)
    return (
        *check_runtime(app.runtime, today=today),
        *check_bytecode(
            app.bytecode,
            python=app.python,
            found=any(layer.interpreter for layer in layers),
        ),
        *check_pth(layers),
        *check_collisions(_without_namespaces(bundle, store)),
        *check_alike(bundle),
        *check_native(layers, app.runtime),
        *check_exposed(layers),
        *check_holders(bundle),
        *check_tree(bundle),
        *check_records(bundle, _foreign_records(bundle, store)),
        *check_vendored(bundle, app.runtime, requirements=_requirements(bundle, app, store)),
        *check_names(bundle, app.runtime, partial(_imports, bundle, store)),
        *check_worker((name for name, _ in vendored_distributions(bundle)), app.runtime),
        *check_size(bundle, budget=app.size_budget),
        *_search(bundle, suspicion, store),
    )


def _layers(bundle: Bundle) -> tuple[Layer, ...]:
    found = {entry.layer.key: entry.layer for entry in bundle.entries}
    return tuple(sorted(found.values(), key=lambda layer: layer.name))


def _without_namespaces(bundle: Bundle, store: Store) -> Bundle:
    owners = {owner_of(layer): layer for layer in _layers(bundle)}

    def contents(collision: Collision) -> Iterator[bytes]:
        for layer in map(owners.__getitem__, collision.owners):
            for member in layer.members:
                if layer.prefix + member.name == collision.name:
                    yield _read(Entry(name=collision.name, member=member, layer=layer), store)

    return replace(bundle, collisions=without_namespaces(bundle.collisions, contents))


def _requirements(bundle: Bundle, app: App, store: Store) -> str | None:
    """Return the text of the requirements that lie beside the app, None without them.

    A file of that name is of no interest where another one is known to be what the app asks.
    """
    if app.folder and app.requirements != app.path_of(_REQUIREMENTS):
        return None
    for entry in bundle.entries:
        if entry.name == _REQUIREMENTS and entry.member.size <= _MOST_TEXT:
            try:
                return parse_text(_read(entry, store))
            except ValueError:
                return None
    return None


def _foreign_records(bundle: Bundle, store: Store) -> Iterator[tuple[str, str]]:
    """Give name and text of each RECORD that no wheel of this build brought."""
    for entry in bundle.entries:
        foreign = not entry.layer.wheel_sha256 and entry.name.startswith(SITE_PACKAGES)
        if foreign and entry.name.endswith(RECORD) and entry.member.size <= _MOST_TEXT:
            yield entry.name, _read(entry, store).decode("utf-8", "replace")


def _imports(bundle: Bundle, store: Store) -> Iterator[tuple[str, str]]:
    """Give each of the app's files with each top-level name that it imports."""
    for entry in bundle.entries:
        own = entry.name.endswith(".py") and not entry.name.startswith(".python_packages/")
        if own and entry.member.size <= _MOST_TEXT:
            yield from ((entry.name, name) for name in imported_names(_read(entry, store)))


def _read(entry: Entry, store: Store) -> bytes:
    with open_blob(entry.layer, store=store) as blob:
        return b"".join(read_member(blob, entry.member))


def _search(bundle: Bundle, suspicion: Suspicion, store: Store) -> Iterator[Finding]:
    needles = tuple(
        form.encode() for secret in suspicion.secrets for form in encodings(secret.reveal())
    )
    if not needles:
        return
    holding: dict[str, list[str]] = {}
    for entry in bundle.entries:
        name = entry.layer.name
        if (not name or name in suspicion.made_here) and _contains(entry, needles, store):
            holding.setdefault(owner_of(entry.layer), []).append(entry.name)
    for owner, files in holding.items():
        # A module's bytecode holds what the module does: the module is what has to be changed.
        first = min(files, key=lambda file: (file.endswith(".pyc"), file))
        more = f" (and {len(files) - 1} more of its files)" if len(files) > 1 else ""
        yield Finding(
            code="credential-of-this-build",
            severity="error",
            subject=owner,
            evidence=f"{first}{more} holds a credential that this build was given",
            remedy="Revoke it, take it out of the file, and build again.",
        )


def _contains(entry: Entry, needles: tuple[bytes, ...], store: Store) -> bool:
    with open_blob(entry.layer, store=store) as blob:
        return _found(read_member(blob, entry.member), needles)


def _found(chunks: Iterable[bytes], needles: tuple[bytes, ...]) -> bool:
    overlap = max(len(needle) for needle in needles) - 1
    tail = b""
    for chunk in chunks:
        window = tail + chunk
        if any(needle in window for needle in needles):
            return True
        tail = window[-overlap:] if overlap else b""
    return False
