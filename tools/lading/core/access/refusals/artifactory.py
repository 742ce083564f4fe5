"""Artifactory: what its repositories answer instead of what was asked for."""

from __future__ import annotations

from lading.core.access.asked import Answer, Question
from lading.core.access.refusals.cases import Case, Meaning, find_meaning
from lading.core.access.refusals.places import host_of, path_of

KIND = "artifactory"
_RENEW = (
    "Create a new one (your profile → Generate an identity token, or Administration → User "
    "Management → Access Tokens), or exchange the job's OIDC token: credential = "
    '"artifactory:PROVIDER".'
)
# jfrog.com/help on "Access Tokens" and "Permissions"; the words as its users report them.
_CASES = (
    Case(
        words=("verification: expired", "token has expired", "expired token"),
        message="it has expired",
        remedy=_RENEW,
    ),
    Case(
        words=("verification: revoked", "has been revoked"),
        message="it was revoked",
        remedy=_RENEW,
    ),
    Case(
        words=("token failed verification", "bad props auth token", "signature"),
        message="Artifactory cannot verify it: it is mistyped, or another instance's",
        remedy=_RENEW,
    ),
    Case(
        words=("api key",),
        message="it is an API key, which Artifactory takes no more",
        remedy=_RENEW,
    ),
    Case(
        statuses=(401,),
        words=("bad credentials", "wrong username", "incorrect"),
        message="Artifactory does not accept it with this user name",
        remedy="Set ARTIFACTORY_USER to the user of the token (an identity token goes with its "
        "owner alone), or leave it unset: the token is then sent as Bearer.",
    ),
    Case(
        statuses=(401,),
        message="Artifactory does not accept it: it is expired, revoked or mistyped",
        remedy=_RENEW,
    ),
    Case(
        statuses=(403,),
        message="its user may not read the repository {repository}",
        remedy="Give the user or group the permission Read on {repository} (for a virtual "
        "repository, on those in it): Administration → User Management → Permissions. A token "
        "with a scope of its own must include it.",
    ),
    Case(
        statuses=(404,),
        words=("find repository", "repository was not found", "no such repository", "repo key"),
        message="there is no repository {repository}",
        remedy="Check the repository key in the URL, https://HOST/artifactory/api/pypi/KEY/simple/ "
        "(Set Me Up → pip shows it).",
    ),
    Case(
        statuses=(404,),
        message="there is nothing at this address of the repository {repository}, or its user may "
        "not read it",
        remedy="Check the repository key in the URL, and that the user has the permission Read on "
        "{repository}.",
    ),
)


def is_host(question: Question, answer: Answer) -> bool:
    """Say whether this is Artifactory."""
    return host_of(question).endswith(".jfrog.io") or any(
        name.startswith(("x-jfrog-", "x-artifactory-")) for name in answer.headers
    )


def explain(question: Question, answer: Answer) -> Meaning | None:
    """Return what a refusal means."""
    path = path_of(question)
    key = path[path.index("pypi") + 1 :][:1] if "pypi" in path else ()
    known = {"repository": key[0] if key else "of this URL"}
    return find_meaning(_CASES, answer, known, origin=question.origin)
