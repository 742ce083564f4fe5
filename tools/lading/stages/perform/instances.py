"""In which instance a host runs right before a package is sent: one of another does not run it."""

from __future__ import annotations

from lading.core.access.asked import Answer
from lading.core.deployment.state import parse_host_status
from lading.core.documents import as_document, parse_json, text_of
from lading.core.secret import Secret
from lading.edges.azure.apps import Ways

_MISSING = 404


def read_instances(place: Ways) -> frozenset[str] | None:
    """Return the instance that answers, none where no host does; None where nobody can say."""
    reply = place.manager.read_host_keys()
    body = reply.body if isinstance(reply, Answer) else ""
    key = text_of(as_document(parse_json(body)), "masterKey")
    for told in (
        place.front.read_status(Secret(key) if key else None),
        place.manager.read_host_status(),
    ):
        status = parse_host_status(told.body) if isinstance(told, Answer) else None
        if status is not None and status.instance:
            return frozenset({status.instance})
        if isinstance(told, Answer) and told.status == _MISSING:
            return frozenset()
    return None
