"""Why JFrog gives no token for a CI job's proof of identity, and what to set up."""

from __future__ import annotations

from dataclasses import dataclass

from lading.core.access.asked import Answer
from lading.core.access.refusals.cases import Case, Meaning, find_meaning
from lading.core.access.said import said

_PLACE = "JFrog Platform → Administration → Manage Integrations → OpenID Connect"
_FAILED = (500, 502, 503, 504)
# JFrog documents the request ("OIDC Token Exchange" in its REST interfaces), not the words of its
# refusals: they are looked at for what they are about, and quoted.
_CASES = (
    Case(
        statuses=_FAILED,
        message="JFrog could not exchange {proof} for the provider {provider}",
        remedy="Try again later.",
    ),
    Case(
        words=("audience", "'aud'", '"aud"'),
        message="JFrog refused the audience of {proof} for the provider {provider}",
        remedy="The audience asked for is {audience}: make it the integration's ({place}), with "
        'credential = "artifactory:{provider}:AUDIENCE".',
    ),
    Case(
        words=("expired", "signature", "issuer"),
        message="JFrog did not accept {proof} for the provider {provider}",
        remedy="Check the integration's provider URL ({place}): it must be the issuer of this CI "
        "system's tokens. An expired one is an old variable, or a clock that is wrong.",
    ),
    Case(
        statuses=(404,),
        message="JFrog knows no OIDC integration {provider}, or has no such interface here",
        remedy='Write the provider name as in {place}: credential = "artifactory:PROVIDER", and '
        "check the source's URL.",
    ),
    Case(
        words=("provider",),
        message="JFrog knows no OIDC integration {provider}",
        remedy='Write the provider name as in {place}: credential = "artifactory:PROVIDER".',
    ),
    Case(
        message="JFrog exchanged {proof} for no token: no identity mapping of {provider} fits it",
        remedy="In {place} → {provider} → Identity Mappings, add one whose claims are this job's "
        "(repository, branch, environment) and whose token scope may read the repository.",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeCall:
    """What was exchanged for whom: `proof` tells it, `audience` is "" for the CI system's own."""

    source: str
    provider: str
    audience: str
    proof: str


def exchange_refusal(call: ExchangeCall, answer: Answer) -> Meaning:
    """Return what a refused exchange means, as an error's message and remedy."""
    known = {
        "proof": call.proof,
        "provider": call.provider,
        "audience": f'"{call.audience}"' if call.audience else "the CI system's own",
        "place": _PLACE,
    }
    meaning = find_meaning(_CASES, answer, known) or Meaning(message="", remedy="")
    return Meaning(
        message=f"no credential for source {call.source}: {meaning.message} "
        f"(status {answer.status}){said(answer)}",
        remedy=meaning.remedy,
    )
