"""GitLab: what its package registries and repositories answer instead of what was asked for."""

from __future__ import annotations

from lading.core.access.asked import Answer, Question
from lading.core.access.refusals.cases import Case, Meaning, find_meaning
from lading.core.access.refusals.places import host_of, path_of

KIND = "gitlab"
_JOB = "CI_JOB_TOKEN"
_ALLOW_LIST = (
    "In the project that is read: Settings → CI/CD → Job token permissions, add this pipeline's "
    "project or group. Whoever started the pipeline must be able to read it too."
)
# The words are in GitLab's own source (Gitlab::GitAccess, API helpers); docs.gitlab.com on "CI/CD
# job token", "Troubleshooting Git" and "PyPI packages in the package registry".
_CASES = (
    Case(
        words=("job token not allowed",),
        message="the project's allow-list does not have the project of this pipeline",
        remedy=_ALLOW_LIST,
    ),
    Case(
        words=("insufficient permissions to pull",),
        message="the allow-list gives the project of this pipeline too few permissions",
        remedy="In the project that is read: Settings → CI/CD → Job token permissions, let this "
        "pipeline's project read {what}.",
    ),
    Case(
        words=("insufficient_scope", "insufficient scope", "higher privileges"),
        message="it lacks the scope {scope}",
        remedy="Create one with the scope {scope}.",
    ),
    Case(
        words=("not allowed to download code",),
        message="its user may not read the code of the project",
        remedy="Make the user at least a Reporter there (Manage → Members).",
    ),
    Case(
        words=("over http is not allowed", "access over http"),
        message="the project does not allow Git over HTTP",
        remedy="Have an administrator allow it: Admin → Settings → General → Visibility and access "
        "controls → Enabled Git access protocols.",
    ),
    Case(
        words=("http basic: access denied",),
        message="GitLab does not accept it: it is expired, revoked, mistyped, lacks the scope "
        "{scope}, or is a password (which an account with 2FA cannot use)",
        remedy="Create a token with the scope {scope} in GITLAB_TOKEN: personal, of the group, or "
        "of the project (Settings → Access tokens). A deploy token also needs its user name, in "
        "GITLAB_USER.",
    ),
    Case(
        statuses=(401, 403),
        origins=(_JOB,),
        message="the job token does not open it",
        remedy=f"{_ALLOW_LIST} A job token ends with its job.",
    ),
    Case(
        statuses=(401, 403),
        message="GitLab does not accept it, or it may not read this",
        remedy="The token needs the scope {scope}, and its user at least the role Reporter there. "
        "A deploy token needs read_package_registry (packages) or read_repository (Git), and its "
        "user name in GITLAB_USER.",
    ),
    Case(
        statuses=(404,),
        words=("project you were looking for", "project not found"),
        origins=(_JOB,),
        message="there is no such project, or the job token does not open it (GitLab hides it "
        "then)",
        remedy=_ALLOW_LIST,
    ),
    Case(
        statuses=(404,),
        words=("project you were looking for", "project not found", "group not found"),
        message="there is no such project, or the token does not open it (GitLab hides it then)",
        remedy="Check the address; a project's id is on its front page. The token's user needs at "
        "least the role Reporter there (Manage → Members), the token the scope {scope}.",
    ),
    Case(
        statuses=(404,),
        message="there is nothing at this address, or the token does not open it (GitLab hides it "
        "then)",
        remedy="Check the address. The token's user needs at least the role Reporter there, the "
        "token the scope {scope}; a job token must be on the project's allow-list (Settings → "
        "CI/CD → Job token permissions).",
    ),
)


def is_host(question: Question, answer: Answer) -> bool:
    """Say whether this is GitLab, one at home included."""
    return host_of(question) == "gitlab.com" or any(
        name.startswith("x-gitlab-") for name in answer.headers
    )


def explain(question: Question, answer: Answer) -> Meaning | None:
    """Return what a refusal means."""
    is_index = "packages" in path_of(question)
    known = {
        "scope": "read_api" if is_index else "read_repository",
        "what": "its packages" if is_index else "its repository",
    }
    return find_meaning(_CASES, answer, known, origin=question.origin)
