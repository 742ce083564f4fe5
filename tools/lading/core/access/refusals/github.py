"""GitHub: what its repositories answer instead of what was asked for."""

from __future__ import annotations

from lading.core.access.asked import Answer, Question
from lading.core.access.refusals.cases import Case, Meaning, find_meaning
from lading.core.access.refusals.github_limits import is_rate_limit, wait_for_limit
from lading.core.access.refusals.places import host_of, path_of

KIND = "github"
_WORKFLOW = "GITHUB_TOKEN"
_APP = "the GitHub App"
_REFUSED = (401, 403)
# docs.github.com on "Troubleshooting cloning errors", "Permissions required for fine-grained
# personal access tokens", "Authorizing a personal access token for use with single sign-on"; the
# words of Git's own refusals as users report them (desktop/desktop#9055, moghtech/komodo#1482).
_CASES = (
    Case(
        statuses=_REFUSED,
        words=("saml", "single sign-on"),
        message="the organisation {owner} wants single sign-on (SAML), and it is not authorised "
        "for that",
        remedy="Its owner authorises it: Settings → Developer settings → Personal access tokens → "
        "Configure SSO → {owner}. A GitHub App needs no such step.",
    ),
    Case(
        statuses=_REFUSED,
        words=("ip allow list",),
        message="the IP allow list of {owner} does not have this machine's address",
        remedy="Have an owner add it, or run on a runner whose address is there: organisation "
        "settings → Authentication security.",
    ),
    Case(
        statuses=_REFUSED,
        words=("forbids access via a",),
        message="a policy of {owner} forbids this kind of token",
        remedy="Use a GitHub App (GITHUB_APP_ID and its key), or a token as the policy allows it: "
        "organisation settings → Personal access tokens.",
    ),
    Case(
        words=("not accessible by integration",),
        message="this workflow's token or App may not read {repository}",
        remedy="Give the job `permissions: contents: read`, or the App the repository permission "
        "Contents: Read-only.",
    ),
    Case(
        statuses=(403,),
        words=("write access to repository not granted", "by personal access token"),
        message="it may not read the contents of {repository}",
        remedy="Give it the repository permission Contents: Read-only, and {repository} under "
        "Repository access; a classic token needs the scope repo.",
    ),
    Case(
        statuses=(401,),
        message="GitHub does not accept it: it is expired, revoked or mistyped",
        origins=(_WORKFLOW,),
        remedy="GITHUB_TOKEN ends with its job: map it to this step, env: GITHUB_TOKEN: "
        "${{{{ github.token }}}}.",
    ),
    Case(
        statuses=(401,),
        message="GitHub does not accept it: it is expired, revoked or mistyped",
        remedy="Create a new one (Settings → Developer settings → Personal access tokens → "
        "Fine-grained tokens) with {repository} and Contents: Read-only, or use a GitHub App.",
    ),
    Case(
        statuses=(403, 404),
        origins=(_WORKFLOW,),
        message="there is no repository {repository}, or GITHUB_TOKEN does not open it: it opens "
        "the workflow's own repository alone",
        remedy="For another private repository use a GitHub App that is installed there "
        "(GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY), or a fine-grained token in GH_TOKEN with "
        "Contents: Read-only.",
    ),
    Case(
        statuses=(403, 404),
        origins=(_APP,),
        message="there is no repository {repository}, or the App may not read it (any more)",
        remedy="If it was renamed or moved, write its new address; else check the installation: "
        "organisation settings → GitHub Apps → Configure.",
    ),
    Case(
        statuses=(403, 404),
        message="there is no repository {repository}, or the token does not open it (GitHub hides "
        "what it does not)",
        remedy="A fine-grained token needs {repository} under Repository access with Contents: "
        "Read-only, and the approval of {owner} (organisation settings → Personal access tokens → "
        "Pending requests); a classic one the scope repo. Check the name too.",
    ),
)


def is_host(question: Question, answer: Answer) -> bool:
    """Say whether this is GitHub, an Enterprise Server included."""
    host = host_of(question)
    return (
        host == "github.com" or host.endswith(".ghe.com") or "x-github-request-id" in answer.headers
    )


def explain(question: Question, answer: Answer) -> Meaning | None:
    """Return what a refusal means."""
    if is_rate_limit(answer):
        told = "GitHub was asked too often"
        return Meaning(message=told, remedy=wait_for_limit(answer), is_certain=True)
    owner, name = (*path_of(question), "OWNER", "REPOSITORY")[:2]
    if "x-github-sso" in answer.headers:
        answer = Answer(status=answer.status, headers=answer.headers, body="SAML SSO")
    known = {"owner": owner, "repository": f"{owner}/{name.removesuffix('.git')}"}
    return find_meaning(_CASES, answer, known, origin=question.origin)
