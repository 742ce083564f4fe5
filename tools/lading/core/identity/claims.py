"""What a token of Entra ID says of whom it is for; it is shown, and nothing is decided by it."""

from __future__ import annotations

import base64
import binascii

from lading.core.documents import as_document, parse_json, text_of
from lading.core.identity import is_guid
from lading.core.secret import Secret

_PARTS = 3


def read_object_id(token: Secret) -> str:
    """Return the id by which roles are granted to whoever has a token, "" where it does not say."""
    parts = token.reveal().split(".")
    if len(parts) != _PARTS:
        return ""
    try:
        claims = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
    except (binascii.Error, ValueError):
        return ""
    found = text_of(as_document(parse_json(claims)), "oid")
    return found if is_guid(found) else ""
