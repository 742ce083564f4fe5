"""Bitbucket: what its repositories answer instead of what was asked for."""

from __future__ import annotations

from lading.core.access.asked import Answer, Question
from lading.core.access.refusals.cases import Case, Meaning, find_meaning
from lading.core.access.refusals.places import host_of, path_of

KIND = "bitbucket"
_TOKENS = (
    "an access token of the repository, project or workspace (its settings → Access tokens) with "
    "Repositories: Read, or an API token of a user with the scope read:repository:bitbucket"
)
_CLOUD = "bitbucket.org"
# support.atlassian.com on "Using access tokens", "Using API tokens" and the end of app passwords;
# the words as Git shows them to users.
_CASES = (
    Case(
        words=("app password",),
        message="it is an app password, which Bitbucket takes no more (since 2026-06-09)",
        remedy="Put into BITBUCKET_TOKEN {tokens}.",
    ),
    Case(
        statuses=(410,),
        message="Bitbucket takes this kind of credential no more (app passwords ended on "
        "2026-06-09), or the repository is gone",
        remedy="Put into BITBUCKET_TOKEN {tokens}.",
    ),
    Case(
        statuses=(401,),
        message="Bitbucket does not accept it for {repository}: it is expired, revoked, mistyped, "
        "or another repository's or workspace's",
        remedy="Put into BITBUCKET_TOKEN {tokens}.",
    ),
    Case(
        statuses=(403,),
        message="it may not read {repository}",
        remedy="It needs Repositories: Read, a user's API token the scope "
        "read:repository:bitbucket; without any scope it opens nothing.",
    ),
    Case(
        statuses=(404,),
        message="there is no repository {repository}, or the token does not open it (Bitbucket "
        "hides it then)",
        remedy="Check workspace and name, and that the token is of this repository, its project "
        "or its workspace, with Repositories: Read.",
    ),
)
_DATA_CENTER = (
    Case(
        statuses=(401,),
        message="Bitbucket does not accept it: it is expired, revoked or mistyped",
        remedy="Create an HTTP access token with the permission Repository read: repository or "
        "project settings → HTTP access tokens. It is sent as Bearer; with BITBUCKET_USER as that "
        "user's password.",
    ),
    Case(
        statuses=(403, 404),
        message="there is no repository {repository}, or the token may not read it",
        remedy="It needs the permission Repository read there: repository or project settings → "
        "HTTP access tokens.",
    ),
)


def is_host(question: Question, answer: Answer) -> bool:
    """Say whether this is Bitbucket; one at home does not always say so."""
    return host_of(question) == _CLOUD or "x-bitbucket-repository" in answer.headers


def explain(question: Question, answer: Answer) -> Meaning | None:
    """Return what a refusal means."""
    path = path_of(question)
    # At home a repository is below scm/.
    owner, name = (*(path[1:] if path[:1] == ("scm",) else path), "WORKSPACE", "REPOSITORY")[:2]
    known = {"repository": f"{owner}/{name.removesuffix('.git')}", "tokens": _TOKENS}
    cases = _CASES if host_of(question) == _CLOUD else _DATA_CENTER
    return find_meaning(cases, answer, known, origin=question.origin)
