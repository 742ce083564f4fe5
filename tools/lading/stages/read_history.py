"""A site and the ways to it → the deployments that are on record there."""

from __future__ import annotations

from lading.core.access.asked import Answer
from lading.core.deployment.history import History, history_of
from lading.core.deployment.scm_records import parse_records
from lading.core.deployment.state import SiteState
from lading.core.documents import parse_json
from lading.edges.azure.apps import Azure, Ways

_OK = 200


def read_history(place: SiteState, ways: Ways, *, azure: Azure) -> History:
    """Return the deployments of a site: from its SCM site, or where that is closed from elsewhere.

    What nobody tells is empty: it keeps nobody from what is known otherwise.
    """
    if place.site.refusal is not None:
        return History()
    if place.closed is None and ways.scm is not None:
        reply = ways.scm.list_deployments()
        if isinstance(reply, Answer) and reply.status == _OK:
            return history_of(parse_records(parse_json(reply.body)), origin="SCM")
    heard = azure.patience.ask_arm("read", ways.manager.read_deployments)
    return history_of(parse_records(parse_json(heard.body)), origin="Resource Manager")
