"""Why GitHub gives an App no token for a repository, and what to grant it."""

from __future__ import annotations

from dataclasses import dataclass

from lading.core.access.asked import Answer
from lading.core.access.refusals.cases import Case, Meaning, find_meaning
from lading.core.access.refusals.github_limits import is_rate_limit, wait_for_limit
from lading.core.access.said import said

# The answers of "Get a repository installation for the authenticated app" and "Create an
# installation access token for an app" in GitHub's REST documentation; the words as its clients
# report them (actions/create-github-app-token#153 and #178, octokit/auth-app.js#698).
_CASES = (
    Case(
        statuses=(401,),
        words=("('exp')", "('iat')"),
        message="GitHub's clock and this machine's differ too much for the GitHub App {app} to "
        "sign in",
        remedy="Set this machine's clock (NTP).",
    ),
    Case(
        statuses=(401,),
        message="GitHub does not know the GitHub App {app}, or the private key is another App's "
        "or was deleted",
        remedy="Check that GITHUB_APP_ID and the key belong together, and to this host: Settings "
        "→ Developer settings → GitHub Apps → the App → Private keys.",
    ),
    Case(
        statuses=(404,),
        message="the GitHub App {app} is not installed on {repository}, or there is no such "
        "repository",
        remedy="Install it there: the App's settings → Install App → the owner → Repository "
        "access: add {repository}. If it was renamed, write its new address.",
    ),
    Case(
        statuses=(403,),
        words=("suspended",),
        message="the installation of the GitHub App {app} on {repository} is suspended",
        remedy="An owner lifts it: organisation settings → GitHub Apps → Configure → Unsuspend.",
    ),
    Case(
        statuses=(403, 422),
        words=("permission", "not accessible by integration"),
        message="the GitHub App {app} may not read the contents of {repository}",
        remedy="Give it the repository permission Contents: Read-only (the App's settings → "
        "Permissions & events), and have the owner accept that in the installation.",
    ),
    Case(
        statuses=(403, 422),
        message="the installation of the GitHub App {app} does not include {repository}",
        remedy="Add it: organisation settings → GitHub Apps → Configure → Repository access: add "
        "{repository}. If it was renamed, write its new address.",
    ),
    Case(
        message="GitHub gave the GitHub App {app} no token",
        remedy="Try again later; GitHub's status page tells more.",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppCall:
    """Whose App was asked for what: a source's name, the App's id, and "owner/repository"."""

    source: str
    app: str
    repository: str


def app_refusal(call: AppCall, answer: Answer) -> Meaning:
    """Return what a refusal of an App means, as an error's message and remedy."""
    known = {"app": call.app, "repository": call.repository}
    if is_rate_limit(answer):
        limit = f"the GitHub App {call.app} has asked too often"
        meaning = Meaning(message=limit, remedy=wait_for_limit(answer))
    else:
        meaning = find_meaning(_CASES, answer, known) or Meaning(message="", remedy="")
    return Meaning(
        message=f"no credential for source {call.source}: {meaning.message} "
        f"(status {answer.status} for {call.repository}){said(answer)}",
        remedy=meaning.remedy,
    )
