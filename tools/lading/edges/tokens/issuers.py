"""Asking those who issue tokens: one small request, one small answer in JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

from lading.core.access.asked import Answer
from lading.core.access.scope import Grant
from lading.core.errors import CredentialError
from lading.core.secret import Credential, Secret, redact
from lading.core.urls import UrlError, parse_url
from lading.edges.http import Request, TransferError
from lading.edges.tokens.surroundings import Surroundings

# Bytes. A token with its claims has a few thousand.
_LARGEST_ANSWER = 256 * 1024
_JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerCall:
    """What is asked of an issuer: a GET, or a POST of `form` as JSON; a Secret in it is revealed.

    `bearer` shows who asks, below `scope` alone (a URL prefix, "" for the whole host); `empty_post`
    makes a POST without a form. `whose` begins an error: "the token endpoint of GitHub Actions".
    """

    whose: str
    url: str
    scope: str = ""
    bearer: Secret | None = None
    form: dict[str, object] | None = None
    empty_post: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    ca_bundle: str | None = None


def ask_issuer(call: IssuerCall, surroundings: Surroundings) -> Answer:
    """Return the whole answer of an issuer, whatever its status, without what it was shown.

    An error quotes a part of the answer, and a part of a secret is not recognised later. Only
    https, and never redirected to another host. Raises CredentialError where none comes.
    """
    try:
        scope = call.scope or f"{parse_url(call.url).origin}/"
    except UrlError as error:
        raise CredentialError(
            f"{call.whose} has an address that cannot be requested: {error}",
            remedy="It must be an https URL; check what sets it.",
        ) from None
    request = Request(
        url=call.url,
        confined_to=scope,
        headers={"Accept": _JSON, **call.headers},
        ca_bundle=call.ca_bundle,
    )
    if call.bearer is not None:
        surroundings.keep(call.bearer)
        credential = Credential(username="", password=call.bearer, scheme="Bearer")
        request = replace(request, grant=Grant(credential=credential, scope=scope))
    if call.form is not None:
        headers = {**request.headers, "Content-Type": _JSON}
        body = json.dumps(call.form, default=_reveal).encode()
        request = replace(request, headers=headers, body=body)
    elif call.empty_post:
        request = replace(request, body=b"")
    try:
        with surroundings.http.open(request) as response:
            answered = response.read(limit=_LARGEST_ANSWER)
    except TransferError as error:
        raise CredentialError(
            f"{call.whose} gave no answer: {error.url}: {error.reason}",
            remedy="Check the network and the proxy (HTTPS_PROXY, NO_PROXY); try again.",
        ) from None
    shown = [value for value in (call.form or {}).values() if isinstance(value, Secret)]
    shown += [call.bearer] if call.bearer else []
    return Answer(
        status=response.status,
        headers={name.lower(): redact(value, shown) for name, value in response.headers.items()},
        body=redact(answered.decode("utf-8", "replace"), shown),
        reason=redact(response.reason, shown),
    )


def _reveal(value: object) -> str:
    if isinstance(value, Secret):
        return value.reveal()
    raise TypeError


def read_fields(answer: Answer) -> dict[str, object]:
    """Return the fields of an answer in JSON, {} where it is something else."""
    try:
        fields = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def read_text(answer: Answer, name: str) -> str:
    """Return a field of an answer in JSON, "" where it has no such text."""
    value = read_fields(answer).get(name)
    return value if isinstance(value, str) else ""
