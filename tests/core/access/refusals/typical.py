"""What hosts typically answer when they refuse, and what has to be said of each."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from lading.core.access.asked import Answer, Question
from lading.core.config import CredentialKind, CredentialSpec

FEED = "https://pkgs.dev.azure.com/acme/platform/_packaging/internal/pypi/simple/acme-tax/"
REPOSITORY = "https://dev.azure.com/acme/platform/_git/tax/info/refs"
GITHUB = "https://github.com/acme/tax.git/info/refs"
GITLAB = "https://gitlab.com/acme/tax.git/info/refs"
GITLAB_INDEX = "https://gitlab.com/api/v4/projects/42/packages/pypi/simple/acme-tax/"
BITBUCKET = "https://bitbucket.org/acme/tax/info/refs"
DATA_CENTER = "https://bitbucket.acme.test/scm/team/tax.git/info/refs"
ARTIFACTORY = "https://acme.jfrog.io/artifactory/api/pypi/internal/simple/acme-tax/"

PIPELINE = "the variable SYSTEM_ACCESSTOKEN"
PAT = "the variable AZURE_DEVOPS_EXT_PAT"
ENTRA = "a managed identity"
WORKFLOW = "the variable GITHUB_TOKEN"
GH_TOKEN = "the variable GH_TOKEN"
APP = "the GitHub App 4711, for acme/tax"
JOB = "the variable CI_JOB_TOKEN"


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """What a host was asked with, what it answered, and what the user is to be told."""

    url: str
    kind: CredentialKind
    origin: str
    status: int
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    reason: str = ""
    says: str
    grants: str


def azure(
    origin: str, status: int, body: str, says: str, grants: str, *, url: str = FEED
) -> Refusal:
    return Refusal(
        url=url,
        kind="azure-devops",
        origin=origin,
        status=status,
        body=body,
        says=says,
        grants=grants,
    )


def exception(message: str, key: str = "VssServiceException") -> str:
    """Return the body of a refusal as the services of Azure DevOps write it."""
    named = f"Microsoft.VisualStudio.Services.{key}"
    return json.dumps(
        {"$id": "1", "innerException": None, "message": message, "typeName": named, "typeKey": key}
    )


def page(title: str) -> str:
    style = "<style>html { height: 100% }</style><script>var a = 1;</script>"
    head = f"<head><title>{title}</title>{style}</head>"
    return f"<!DOCTYPE html>\n<html>{head}<body><p>Long words</p></body></html>"


NOBODY = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"
SOMEBODY = "89e4e6df-0ac0-471f-ba63-0270050c3b79"
EXPIRED = "Access Denied: The Personal Access Token used has expired."
FORBIDDEN_TO = "TF400813: The user '{}' is not authorized to access this resource."
READ_PACKAGES = (
    f"User '{SOMEBODY}' lacks permission to complete this action. You need to have 'ReadPackages'."
)
UPSTREAM = (
    "No local versions of package 'acme-tax'; please provide authentication to access versions "
    "from upstream that have not yet been saved to your feed."
)
NO_REPOSITORY = (
    "TF401019: The Git repository with name or identifier tax does not exist or you do not have "
    "permissions for the operation you are attempting."
)
NO_PROJECT = (
    "VS800075: The project with id 'vstfs:///Classification/TeamProject/platform' does not exist, "
    "or you do not have permission to access it."
)
SIGN_IN_FIRST = (
    "TF401444: Please sign-in at least once as 2cc4f755\\\\ci@acme.test in a web browser to enable "
    "access to the service."
)
CONDITIONAL = (
    "VS403463: The conditional access policy defined by your Microsoft Entra administrator has "
    "failed."
)
AZURE_DEVOPS = [
    azure(PAT, 401, page(EXPIRED), "it has expired", "scope Packaging: Read"),
    azure(PAT, 401, page(EXPIRED), "it has expired", "scope Code: Read", url=REPOSITORY),
    azure(PAT, 203, page("Azure DevOps Services | Sign In"), "sign-in page", "Packaging: Read"),
    azure(PIPELINE, 203, page("Sign In"), "sign-in page", "$(System.AccessToken)"),
    azure(ENTRA, 203, page("Sign In"), "sign-in page", "Organization settings → Users"),
    azure(PAT, 401, exception(FORBIDDEN_TO.format(NOBODY)), "does not know it", "Create a new one"),
    azure(PAT, 401, exception(FORBIDDEN_TO.format(SOMEBODY)), "not allowed into", "access level"),
    azure(ENTRA, 401, exception(SIGN_IN_FIRST), "no user of the organisation acme", "Add users"),
    azure(PAT, 401, page(CONDITIONAL), "conditional access policy", "Conditional Access"),
    azure(PAT, 401, "", "does not accept it", "User settings → Personal access tokens"),
    azure(
        PIPELINE,
        403,
        exception(READ_PACKAGES, "Feed.WebApi.FeedNeedsPermissionsException"),
        '"PROJECT Build Service (acme)") may not read the feed internal',
        "Feed Reader: the feed → Feed settings → Permissions. With the job authorization scope "
        '"collection" it is "Project Collection Build Service (acme)"',
    ),
    azure(PAT, 403, exception(READ_PACKAGES), "owner of this personal", "Packaging: Read"),
    azure(ENTRA, 403, exception(READ_PACKAGES), "its identity may not", "Feed Reader"),
    azure(PIPELINE, 401, exception(UPSTREAM), "save a package from upstream", "(Collaborator)"),
    azure(PIPELINE, 404, exception(NO_REPOSITORY), "no such repository", "Protect access to repo"),
    azure(PAT, 404, exception(NO_REPOSITORY), "may not read it", "Security. A PAT needs the scope"),
    azure(ENTRA, 404, exception(NO_PROJECT), "no such project", "Project settings → Permissions"),
    azure(
        PAT,
        404,
        exception("The feed with ID 'internal' doesn't exist.", "FeedIdNotFoundException"),
        "there is no feed internal",
        "/acme/PROJECT/_packaging/FEED/",
    ),
    azure(PAT, 404, page("The resource cannot be found."), "no organisation acme", "Check the org"),
    azure(ENTRA, 403, "", "its identity may not read this", "Feed Reader (a feed"),
    azure(PAT, 404, "", "nothing at this address", "Repositories → Security", url=REPOSITORY),
    Refusal(
        url=FEED,
        kind="azure-devops",
        origin=PIPELINE,
        status=403,
        reason=f"Forbidden - {READ_PACKAGES} (DevOps Activity ID: 8D41)",
        says="may not read the feed",
        grants="Feed Reader",
    ),
    Refusal(
        url="https://tfs.acme.test/tfs/DefaultCollection/_git/tax/info/refs",
        kind="env",
        origin="the variable ACME_TOKEN",
        status=401,
        headers={"x-tfs-serviceerror": "TF400813%3a+The+user+%27%27+is+not+authorized"},
        says="not allowed into the organisation",
        grants="Organization settings",
    ),
]


def hub(
    origin: str,
    status: int,
    body: str,
    says: str,
    grants: str,
    *,
    headers: dict[str, str] | None = None,
) -> Refusal:
    return Refusal(
        url=GITHUB,
        kind="github",
        origin=origin,
        status=status,
        body=body,
        headers=headers or {},
        says=says,
        grants=grants,
    )


SAML = (
    "The `acme' organization has enabled or enforced SAML SSO. To access\nthis repository, you "
    "must use the HTTPS remote with a personal access token."
)
GITHUBS = [
    hub(GH_TOKEN, 401, "Invalid username or token.", "expired, revoked", "Contents: Read-only"),
    hub(WORKFLOW, 401, '{"message": "Bad credentials"}', "expired", "${{ github.token }}"),
    hub(GH_TOKEN, 403, SAML, "single sign-on", "Configure SSO → acme"),
    hub(
        GH_TOKEN,
        403,
        "",
        "single sign-on",
        "Configure SSO",
        headers={"x-github-sso": "required; url=https://github.com/orgs/acme/sso"},
    ),
    hub(
        GH_TOKEN,
        403,
        '{"message": "API rate limit exceeded for user ID 1."}',
        "asked too often",
        "Wait until 02:46 UTC.",
        headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": "9960"},
    ),
    hub(WORKFLOW, 403, "Resource not accessible by integration", "may not read", "contents: read"),
    hub(WORKFLOW, 404, "Repository not found.", "own repository alone", "GITHUB_APP_ID"),
    hub(APP, 404, "Repository not found.", "the App may not read it", "new address"),
    hub(GH_TOKEN, 404, "Repository not found.", "no repository acme/tax", "Pending requests"),
    hub(GH_TOKEN, 403, "Write access to repository not granted.", "contents of", "scope repo"),
    hub(
        GH_TOKEN,
        403,
        "`acme` forbids access via a fine-grained personal access token if the token's lifetime is "
        "greater than 366 days.",
        "a policy of acme forbids",
        "GITHUB_APP_ID",
    ),
    hub(GH_TOKEN, 403, "`acme` has an IP allow list enabled", "IP allow list", "owner add it"),
]


def lab(
    origin: str, status: int, body: str, says: str, grants: str, *, url: str = GITLAB
) -> Refusal:
    return Refusal(
        url=url, kind="gitlab", origin=origin, status=status, body=body, says=says, grants=grants
    )


TOKEN = "the variable GITLAB_TOKEN"
NO_2FA = (
    "HTTP Basic: Access denied. If a password was provided for Git authentication, the password "
    "was incorrect or you're required to use a token instead of a password."
)
HIDDEN = "The project you were looking for could not be found or you don't have permission to view"
NOT_LISTED = "Authentication by CI/CD job token not allowed from acme/orders to acme/tax."
GITLABS = [
    lab(JOB, 403, NOT_LISTED, "allow-list does not have", "Job token permissions"),
    lab(JOB, 404, HIDDEN, "job token does not open it", "Job token permissions"),
    lab(JOB, 401, '{"message":"401 Unauthorized"}', "job token", "ends with", url=GITLAB_INDEX),
    lab(TOKEN, 401, NO_2FA, "2FA", "read_repository in GITLAB_TOKEN"),
    lab(TOKEN, 404, HIDDEN, "no such project", "Reporter"),
    lab(TOKEN, 403, "You are not allowed to download code from this project.", "code", "Reporter"),
    lab(TOKEN, 404, '{"message":"404 Project Not Found"}', "no such", "read_api", url=GITLAB_INDEX),
    lab(
        TOKEN,
        403,
        '{"error":"insufficient_scope","error_description":"The request requires higher '
        'privileges than provided by the access token.","scope":"api read_api"}',
        "lacks the scope read_api",
        "scope read_api",
        url=GITLAB_INDEX,
    ),
    lab(TOKEN, 404, "", "nothing at this address", "Reporter"),
    lab(TOKEN, 401, "", "may not read this", "GITLAB_USER", url=GITLAB_INDEX),
]


def bucket(status: int, body: str, says: str, grants: str, *, url: str = BITBUCKET) -> Refusal:
    return Refusal(
        url=url,
        kind="bitbucket",
        origin="the variable BITBUCKET_TOKEN",
        status=status,
        body=body,
        says=says,
        grants=grants,
    )


NO_ACCESS = "You may not have access to this repository or it no longer exists in this workspace."
NO_APP_PASSWORD = "App passwords are deprecated and must be replaced with API tokens."
BITBUCKETS = [
    bucket(410, NO_APP_PASSWORD, "is an app password", "read:repository:bitbucket"),
    bucket(410, "", "app passwords ended on 2026-06-09", "Repositories: Read"),
    bucket(401, "Invalid username or password", "for acme/tax", "Access tokens"),
    bucket(403, NO_ACCESS, "may not read acme/tax", "Repositories: Read"),
    bucket(404, NO_ACCESS, "no repository acme/tax", "workspace"),
    bucket(401, "", "does not accept it", "HTTP access token", url=DATA_CENTER),
    bucket(404, "", "no repository team/tax", "Repository read", url=DATA_CENTER),
]


def frog(status: int, message: str, says: str, grants: str) -> Refusal:
    return Refusal(
        url=ARTIFACTORY,
        kind="artifactory",
        origin="the variable ARTIFACTORY_TOKEN",
        status=status,
        body=json.dumps({"errors": [{"status": status, "message": message}]}),
        says=says,
        grants=grants,
    )


ARTIFACTORIES = [
    frog(401, "Token failed verification: expired", "has expired", "artifactory:PROVIDER"),
    frog(401, "Token failed verification: revoked", "was revoked", "identity token"),
    frog(401, "Token failed verification: parse", "another instance", "identity token"),
    frog(401, "Bad Credentials", "with this user name", "ARTIFACTORY_USER"),
    frog(401, "Props Authentication Token not found", "expired, revoked", "identity token"),
    frog(403, "Forbidden", "may not read the repository internal", "permission Read on internal"),
    frog(404, "File not found.", "nothing at this address", "permission Read on internal"),
    frog(404, "Could not find repository 'internal'", "no repository internal", "repository key"),
]
EVERY = [*AZURE_DEVOPS, *GITHUBS, *GITLABS, *BITBUCKETS, *ARTIFACTORIES]


def question(refusal: Refusal) -> Question:
    arguments = ("ACME_TOKEN",) if refusal.kind == "env" else ()
    return Question(
        place="the source acme",
        subject="acme-tax",
        url=refusal.url,
        credential=CredentialSpec(kind=refusal.kind, arguments=arguments),
        origin=refusal.origin,
    )


def answer(refusal: Refusal) -> Answer:
    return Answer(
        status=refusal.status,
        headers=refusal.headers,
        body=refusal.body,
        reason=refusal.reason,
    )
