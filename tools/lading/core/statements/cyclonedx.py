"""The SBOM: a package's inventory in the words of CycloneDX, by its official library."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from typing import Any

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import (
    ExternalReference,
    ExternalReferenceType,
    HashAlgorithm,
    HashType,
    Property,
    XsUri,
)
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense, License, LicenseAcknowledgement
from cyclonedx.model.lifecycle import LifecyclePhase, PredefinedLifecycle
from cyclonedx.model.tool import ToolRepository
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.spdx import fixup_id

from lading.core.config import DEFAULT_INDEX
from lading.core.statements import Described, Inventory, Origin
from lading.core.statements.licences import SelfDescription
from lading.core.statements.purls import purl_of

# A name of this project's own, so that no other tool derives the same serial numbers.
_SERIALS = uuid.uuid5(uuid.NAMESPACE_URL, "urn:lading:sbom")
_ORIGINS = {
    "git": ExternalReferenceType.VCS,
    "url": ExternalReferenceType.DISTRIBUTION,
    "archive": ExternalReferenceType.SOURCE_DISTRIBUTION,
}


def render_sbom(inventory: Inventory, descriptions: Mapping[str, SelfDescription]) -> str:
    """Return the SBOM as a JSON document (CycloneDX 1.6), the same for the same inventory.

    `descriptions` are the distributions' own words, by name. Hashes are of wheels: of the files
    below them each RECORD in the package tells, and no reader of an SBOM asks.
    """
    root = _root(inventory)
    components = {
        one.name: _component(one, descriptions.get(one.name, SelfDescription()))
        for one in inventory.distributions
    }
    bom = Bom(
        serial_number=uuid.uuid5(_SERIALS, inventory.digest),
        metadata=BomMetaData(
            component=root,
            tools=ToolRepository(components=[_tool()]),
            lifecycles=[PredefinedLifecycle(phase=LifecyclePhase.BUILD)],
            timestamp=dt.datetime.fromtimestamp(inventory.epoch or 0, tz=dt.UTC),
        ),
        components=components.values(),
    )
    bom.register_dependency(root, [components[name] for name in inventory.requires])
    for one in inventory.distributions:
        wanted = [components[name] for name in one.requires if name in components]
        bom.register_dependency(components[one.name], wanted)
    document: dict[str, Any] = json.loads(JsonV1Dot6(bom).output_as_string())
    if inventory.epoch is None:
        # The library wants one, the format does not; a false one would be worse than none.
        del document["metadata"]["timestamp"]
    return json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _root(inventory: Inventory) -> Component:
    return Component(
        name=inventory.app,
        # An app has no number; this is what `lading.json` in the package says too.
        version=f"sha256:{inventory.content_sha256}",
        type=ComponentType.APPLICATION,
        bom_ref=f"app:{inventory.app}",
        properties=_properties(
            {"content-sha256": inventory.content_sha256, "python": inventory.python}
        ),
    )


def _tool() -> Component:
    # Without its version, which the provenance tells: the same package is described the same.
    return Component(name="lading", type=ComponentType.APPLICATION, bom_ref="tool:lading")


def _component(one: Described, words: SelfDescription) -> Component:
    source = "the default index" if one.source == DEFAULT_INDEX else one.source
    return Component(
        name=one.name,
        version=one.version,
        type=ComponentType.LIBRARY,
        bom_ref=f"{one.name}=={one.version}",
        purl=purl_of(one),
        description=words.summary or None,
        licenses=_licences(words),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=one.sha256)],
        external_references=_references(one),
        properties=_properties(
            {
                "source": source,
                "wheel": one.filename,
                "built-from": one.origin.kind if one.origin else "",
            }
        ),
    )


def _licences(words: SelfDescription) -> list[License]:
    """Return licences by SPDX's identifier where the name is one; an expression stands alone."""
    factory, declared = LicenseFactory(), LicenseAcknowledgement.DECLARED
    texts = (words.expression,) if words.expression else words.licences
    if len(texts) == 1:
        # Before there was a field for expressions, many wrote them into the one for the name.
        return [factory.make_from_string(texts[0], license_acknowledgement=declared)]
    return [
        DisjunctiveLicense(id=known, acknowledgement=declared)
        if (known := fixup_id(name))
        else DisjunctiveLicense(name=name, acknowledgement=declared)
        for name in texts
    ]


def _references(one: Described) -> list[ExternalReference]:
    found = [
        ExternalReference(
            type=ExternalReferenceType.BOM,
            url=XsUri(name),
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=sha256)],
        )
        for name, sha256 in one.bundled
    ]
    origin = one.origin
    if origin is not None and origin.kind in _ORIGINS and (origin.address or origin.filename):
        found.append(_origin_reference(origin))
    return found


def _origin_reference(origin: Origin) -> ExternalReference:
    hashes = [HashType(alg=HashAlgorithm.SHA_256, content=origin.sha256)] if origin.sha256 else []
    return ExternalReference(
        type=_ORIGINS[origin.kind],
        # Of a source archive the name alone: an index's address is nobody else's business.
        url=XsUri(origin.address or origin.filename),
        hashes=hashes,
    )


def _properties(values: Mapping[str, str]) -> list[Property]:
    return [Property(name=f"lading:{key}", value=value) for key, value in values.items() if value]
