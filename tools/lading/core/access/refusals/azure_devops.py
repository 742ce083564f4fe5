"""Azure DevOps: what its feeds and repositories answer instead of what was asked for."""

from __future__ import annotations

from collections.abc import Mapping

from lading.core.access.asked import Answer, Question
from lading.core.access.refusals.cases import Case, Meaning, find_meaning
from lading.core.access.refusals.places import host_of, path_of

KIND = "azure-devops"
_PIPELINE = "SYSTEM_ACCESSTOKEN"
_PAT = "AZURE_DEVOPS_EXT_PAT"
# The words are the service's own, as its clients report them: learn.microsoft.com on "Feed
# permissions", "Troubleshoot connecting to a project", "Access repositories, artifacts, and other
# resources" (job authorization scope); MicrosoftDocs/azure-devops-docs#4626 and #6920 (feeds);
# dotnet/Nerdbank.GitVersioning and other public feeds (versions from upstream).
_CASES = (
    Case(
        words=("personal access token used has expired", "token has expired"),
        message="it has expired",
        remedy="Create a new one with the scope {scope}, in the organisation {org}: User settings "
        "→ Personal access tokens. An Entra identity needs no such token.",
    ),
    Case(
        words=("vs403463", "conditional access"),
        message="a conditional access policy of Entra ID forbids {whose} to come from this machine",
        remedy="Run it where the policy allows it, or have the tenant's administrator exempt "
        "{whose} (Entra ID → Conditional Access).",
    ),
    Case(
        words=("tf401444",),
        message="{whose} is no user of the organisation {org}",
        remedy="Add it: Organization settings → Users → Add users, access level Basic. A person "
        "signs in once at https://dev.azure.com/{org}.",
    ),
    Case(
        words=("no local versions of package", "saved to your feed", "addupstreampackage"),
        message="{whose} may not save a package from upstream in the feed {feed}",
        remedy="Give it the role Feed and Upstream Reader (Collaborator): the feed → Feed settings "
        "→ Permissions. A PAT needs the scope Packaging: Read & write for that.",
    ),
    Case(
        words=("'addpackage'", "'publishpackage"),
        message="{whose} may not publish to the feed {feed}",
        remedy="Give it the role Feed Publisher (Contributor): the feed → Feed settings → "
        "Permissions. A PAT needs the scope Packaging: Read & write.",
    ),
    Case(
        words=("readpackages", "feedneedspermissions"),
        message="{whose} may not read the feed {feed}",
        remedy="Give it the role Feed Reader: the feed → Feed settings → Permissions.{pipeline}",
    ),
    Case(
        words=("tf401019", "tf401175"),
        origins=(_PIPELINE,),
        message="there is no such repository, or {whose} may not read it",
        remedy="Give it Read: Project settings → Repositories → the repository → Security. In a "
        "YAML pipeline name the repository under `uses:` or `resources:`, or turn off Project "
        "settings → Pipelines → Settings → Protect access to repositories in YAML pipelines.",
    ),
    Case(
        words=("tf401019", "tf401175"),
        message="there is no such repository, or {whose} may not read it",
        remedy="Check the URL, and give it Read: Project settings → Repositories → the repository "
        "→ Security. A PAT needs the scope Code: Read.",
    ),
    Case(
        words=("vs800075", "tf200016"),
        message="there is no such project in the organisation {org}, or {whose} has no access to "
        "it",
        remedy="Check the URL, and make it a member: Project settings → Permissions → Readers → "
        "Members.{pipeline}",
    ),
    Case(
        statuses=(404,),
        words=("feed with id", "feedidnotfound", "feednotfound"),
        message="there is no feed {feed}",
        remedy="Check its URL (the feed → Connect to feed → pip): a feed of a project has the "
        "project in it, /{org}/PROJECT/_packaging/FEED/.",
    ),
    Case(
        statuses=(404,),
        words=("the resource cannot be found", "404 - page not found", "404 - not found"),
        message="there is no organisation {org}, or nothing at this address of it",
        remedy="Check the organisation in the URL: https://dev.azure.com/{org}.",
    ),
    Case(
        words=("aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa",),
        message="the organisation {org} does not know it: it is mistyped, revoked, or another "
        "organisation's",
        remedy="{renew}",
    ),
    Case(
        words=("tf400813",),
        message="{whose} is not allowed into the organisation {org}",
        remedy="Add it: Organization settings → Users → Add users, access level Basic (a "
        "stakeholder sees no repository). Check that {org} is the organisation that you mean."
        "{pipeline}",
    ),
    Case(
        statuses=(203, 302),
        message="the answer is the sign-in page, so the organisation {org} does not accept it: it "
        "is expired, revoked, or another organisation's",
        remedy="{renew}",
    ),
    Case(statuses=(401,), message="the organisation {org} does not accept it", remedy="{renew}"),
    Case(
        statuses=(403,),
        message="{whose} may not read this",
        remedy="Give it the role Feed Reader (a feed → Feed settings → Permissions), or Read on "
        "the repository (Project settings → Repositories → Security). A PAT needs the scope "
        "{scope}.{pipeline}",
    ),
    Case(
        statuses=(404,),
        message="there is nothing at this address, or {whose} may not read it",
        remedy="Check the URL, and that it has the role Feed Reader (a feed), or Read (Project "
        "settings → Repositories → Security).{pipeline}",
    ),
)


def is_host(question: Question, answer: Answer) -> bool:
    """Say whether this is a host of Azure DevOps, the server at home included."""
    host = host_of(question)
    return (
        host.endswith((".visualstudio.com", ".dev.azure.com"))
        or host == "dev.azure.com"
        or any(name.startswith(("x-tfs-", "x-vss-")) for name in answer.headers)
    )


def explain(question: Question, answer: Answer) -> Meaning | None:
    """Return what a refusal means."""
    return find_meaning(_CASES, answer, _known(question), origin=question.origin)


def _known(question: Question) -> Mapping[str, str]:
    path = path_of(question)
    org = path[0] if path else "ORG"
    is_feed = "_packaging" in path
    feed = path[path.index("_packaging") + 1 :][:1] if is_feed else ()
    scope = "Packaging: Read" if is_feed else "Code: Read"
    known = {"org": org, "feed": feed[0] if feed else "(of this URL)", "scope": scope}
    if _PIPELINE in question.origin:
        return known | {
            "whose": f'the pipeline\'s identity ("PROJECT Build Service ({org})")',
            "renew": "Check that the step has env: SYSTEM_ACCESSTOKEN: $(System.AccessToken), and "
            f"that the pipeline runs in the organisation {org}: the token opens no other.",
            "pipeline": ' With the job authorization scope "collection" it is "Project Collection '
            f'Build Service ({org})"; limited to the project, it reaches no other one (Project '
            "settings → Pipelines → Settings).",
        }
    if _PAT in question.origin:
        return known | {
            "whose": "the owner of this personal access token",
            "renew": f"Create a new one with the scope {scope}, in the organisation {org}: User "
            "settings → Personal access tokens.",
            "pipeline": f" The token itself needs the scope {scope}.",
        }
    return known | {
        "whose": "its identity",
        "renew": f"Renew it, and check that it is for the organisation {org}. A service principal "
        "or managed identity must be a user there (Organization settings → Users).",
        "pipeline": "",
    }
