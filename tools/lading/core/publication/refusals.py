"""What an index's answer to an upload means: which words, which remedy."""

from __future__ import annotations

import json
import re
from html import unescape

from lading.core.access.answers import FORBIDDEN, MISSING, SIGN_IN_PAGE, UNAUTHORIZED
from lading.core.config import IndexSource
from lading.core.errors import SourceError

# 202: Azure Artifacts takes a file and works on it afterwards.
ACCEPTED = frozenset({200, 201, 202, 204})
_BAD_REQUEST, _NO_METHOD, _CONFLICT, _TOO_LARGE = 400, 405, 409, 413
_BROKEN = 500
_LONGEST = 300  # characters of a server's own words
_UNSEEN_ELEMENTS = re.compile(r"<(style|script|head)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_RIGHTS = {
    "azure-devops": "It needs the role Feed Publisher (Contributor) on the feed; a PAT the scope "
    "Packaging (read & write).",
    "gitlab": "It needs the role Developer on the project; a token the scope api, a deploy token "
    "write_package_registry.",
    "artifactory": "It needs the permission Deploy/Cache on the repository.",
    "none": 'The source is declared with credential = "none": declare what may upload.',
}


def refused_upload(source: IndexSource, filename: str, status: int, words: str) -> SourceError:
    """Return the error of an upload that was not accepted; `words` are the server's body."""
    said = _plain(words)
    quoted = f": {said}" if said else ""
    asked = f"the source {source.name} did not take {filename} ({status} from {source.upload})"
    return SourceError(f"{asked}{quoted}", remedy=_remedy(source, status, said))


def _remedy(source: IndexSource, status: int, said: str) -> str:
    right = _RIGHTS.get(source.credential.kind, "Grant it the right to upload there.")
    # pypiserver and PyPI say this with 400, Artifactory with 403.
    is_there = status == _CONFLICT or (status < _BROKEN and "exist" in said.lower())
    if is_there and status not in MISSING:
        return "The version is there already, or was and is hidden: raise it, and publish that."
    if status in {UNAUTHORIZED, SIGN_IN_PAGE}:
        return f'Renew the credential ("{source.credential}"), or give another. {right}'
    if status in {*MISSING, _NO_METHOD}:
        return f"Check upload = … of [tool.lading.sources.{source.name}]. {right}"
    if status >= _BROKEN:
        return "Publish again later: what is there already stays and is not sent twice."
    return {
        FORBIDDEN: f'The credential ("{source.credential}") may not upload. {right}',
        _BAD_REQUEST: "Correct in the library's pyproject.toml what the server names.",
        _TOO_LARGE: "The server takes no file of this size: ask the people who run it.",
    }.get(status, "Ask the people who run it.")


def _plain(body: str) -> str:
    """Return a body's text in one short line: what HTML and JSON say in it."""
    text = body
    if body.lstrip().startswith("{"):
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            document = {}
        found = document.get("message") or document.get("error") or document.get("errors") or ""
        text = found if isinstance(found, str) else json.dumps(found)
    elif "<" in body:
        text = unescape(_TAG.sub(" ", _UNSEEN_ELEMENTS.sub(" ", body)))
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
