"""Artifactory's tokens for a CI job's proof of identity (JFrog's OIDC token exchange)."""

from __future__ import annotations

import base64
import binascii
import json
import re

from lading.core.access.asked import Answer
from lading.core.access.issued import Issued
from lading.core.access.refusals.jfrog_exchange import ExchangeCall, exchange_refusal
from lading.core.access.token_text import check_token, check_username
from lading.core.config import Source
from lading.core.errors import CredentialError
from lading.core.identity import Identity, is_guid
from lading.core.secret import Credential, Secret
from lading.edges.tokens.issuers import IssuerCall, ask_issuer, read_fields, read_text
from lading.edges.tokens.oidc import (
    AZURE_ADDRESS,
    AZURE_BEARER,
    GITHUB_ADDRESS,
    GITHUB_BEARER,
    read_azure_pipelines_token,
    read_github_token,
)
from lading.edges.tokens.surroundings import Surroundings

# A proof that the job itself declares (GitLab's `id_tokens`), and the one that Bitbucket gives a
# step with `oidc: true`.
ID_TOKEN = "ARTIFACTORY_ID_TOKEN"  # noqa: S105 - a variable's name
BITBUCKET_ID_TOKEN = "BITBUCKET_STEP_OIDC_TOKEN"  # noqa: S105 - likewise
ID_TOKENS = (ID_TOKEN, BITBUCKET_ID_TOKEN)
OFFERS = (
    "In GitHub Actions give the job `permissions: id-token: write`; in Azure Pipelines map "
    "SYSTEM_ACCESSTOKEN to the step; in Bitbucket set `oidc: true`; in GitLab declare "
    f"{ID_TOKEN} under `id_tokens`."
)
_PATH = "/access/api/v1/oidc/token"
# What comes after the platform's own address in the URL of an index; its host may be called so too.
_PRODUCT = re.compile(r"(?<![:/])/(?:artifactory/|api/pypi/)")
_GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
_PROOF = "urn:ietf:params:oauth:token-type:id_token"
_OK = 200
# Seconds, of a century: a longer time is no end, and may be more than a clock can count.
_FOR_EVER = 3_000_000_000


def exchange_proof(source: Source, surroundings: Surroundings) -> Issued | None:
    """Exchange the job's proof for a token; None where no provider is declared or none offered.

    Raises CredentialError where either end refuses.
    """
    spec = source.credential
    if spec.kind != "artifactory" or not spec.arguments:
        return None
    provider, audience = (*spec.arguments, "")[:2]
    found = _find_proof(source, surroundings, audience)
    if found is None:
        return None
    proof, where = found
    surroundings.keep(proof)
    answer = ask_issuer(_exchange(source, provider, proof), surroundings)
    call = ExchangeCall(source=source.name, provider=provider, audience=audience, proof=where)
    if answer.status != _OK:
        told = exchange_refusal(call, answer)
        raise CredentialError(told.message, remedy=told.remedy)
    token = check_token(read_text(answer, "access_token"), source, "Artifactory's answer")
    if not token:
        raise CredentialError(
            f"no credential for source {source.name}: {_platform(source)} answered the exchange "
            f"of {where} without a token",
            remedy="Check that the source's URL is Artifactory's own, and what stands between.",
        )
    return Issued(
        credential=_credential(token, source, answer),
        origin=f"a token of Artifactory for {where} (provider {provider})",
        expires=_end(answer, surroundings),
    )


def _find_proof(
    source: Source, surroundings: Surroundings, audience: str
) -> tuple[Secret, str] | None:
    """Return the job's proof and how to tell it; what the job declares comes first."""
    ambient = surroundings.ambient

    def is_set(*names: str) -> bool:
        return all(ambient.get(name, "").strip() for name in names)

    for name in ID_TOKENS:
        if is_set(name):
            where = f"the variable {name}"
            return check_token(ambient[name].strip(), source, where), where
    try:
        if is_set(GITHUB_ADDRESS, GITHUB_BEARER):
            return read_github_token(surroundings, audience), "the OIDC token of this job"
        if is_set(AZURE_ADDRESS, AZURE_BEARER):
            proof = read_azure_pipelines_token(surroundings, _connection(source.identity))
            return proof, "the OIDC token of this pipeline"
    except CredentialError as error:
        raise CredentialError(
            f"no credential for source {source.name}: {error.message}", remedy=error.remedy
        ) from None
    return None


def _connection(identity: Identity | None) -> str:
    """Return the id of the source's own service connection, "" for the pipeline's own proof.

    The project's is for Entra ID, and another platform's cannot be looked up by name.
    """
    if identity is None or identity.method != "azure-pipelines" or not identity.argument:
        return ""
    if not is_guid(identity.argument):
        raise CredentialError(
            f'"{identity.argument}" is not the id of a service connection',
            remedy='Write identity = "azure-pipelines:ID", with the id (resourceId) in the '
            "connection's address in Project settings → Service connections.",
        )
    return identity.argument


def _exchange(source: Source, provider: str, proof: Secret) -> IssuerCall:
    platform = _platform(source)
    return IssuerCall(
        whose=f"no credential for source {source.name}: the token exchange of Artifactory",
        url=platform + _PATH,
        scope=f"{platform}/",
        form={
            "grant_type": _GRANT,
            "subject_token_type": _PROOF,
            "subject_token": proof,
            "provider_name": provider,
        },
        ca_bundle=source.ca_bundle,
    )


def _platform(source: Source) -> str:
    return _PRODUCT.split(source.url, maxsplit=1)[0].rstrip("/")


def _credential(token: Secret, source: Source, answer: Answer) -> Credential:
    """Return the token with its user's name where it tells one, else as Bearer."""
    user = read_text(answer, "username") or _user_of(token)
    return Credential(
        username=check_username(user, source) if user else "",
        password=token,
        scheme="Basic" if user else "Bearer",
    )


def _user_of(token: Secret) -> str:
    """Return the user in a token's own claims ("jfrt@…/users/ci"), "" where it names none."""
    payload = token.reveal().partition(".")[2].partition(".")[0]
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return ""
    subject = claims.get("sub") if isinstance(claims, dict) else None
    if not isinstance(subject, str) or "/users/" not in subject:
        return ""
    return subject.rpartition("/")[2]


def _end(answer: Answer, surroundings: Surroundings) -> float | None:
    lifetime = read_fields(answer).get("expires_in")
    if not isinstance(lifetime, int) or not 0 < lifetime < _FOR_EVER:
        return None
    return surroundings.now() + lifetime
