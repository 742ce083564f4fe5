"""`with-access`: another tool with access to the sources and without their credentials."""

from __future__ import annotations

from collections.abc import Mapping

from lading.commands import Edges
from lading.core.access.ambient import leads_to_token
from lading.core.access.unserved import check_served
from lading.core.config import Project
from lading.core.secret import redact
from lading.edges.broker import Broker
from lading.edges.processes import attach_process
from lading.edges.tokens.variables import credential_variables, read_ambient_secrets

# Settings of pip, uv and Git that cannot lead past the broker. Everything else of theirs stays
# behind: a forgotten variable that names another index would open the door to it.
_HARMLESS = frozenset(
    {
        "GIT_AUTHOR_DATE",
        "GIT_AUTHOR_EMAIL",
        "GIT_AUTHOR_NAME",
        "GIT_COMMITTER_DATE",
        "GIT_COMMITTER_EMAIL",
        "GIT_COMMITTER_NAME",
        "GIT_EDITOR",
        "GIT_EXEC_PATH",
        "GIT_PAGER",
        "PIP_CACHE_DIR",
        "PIP_DEFAULT_TIMEOUT",
        "PIP_NO_CACHE_DIR",
        "PIP_PROGRESS_BAR",
        "PIP_REQUIRE_VIRTUALENV",
        "UV_CACHE_DIR",
        "UV_CONCURRENT_DOWNLOADS",
        "UV_HTTP_TIMEOUT",
        "UV_LINK_MODE",
        "UV_NATIVE_TLS",
        "UV_NO_CACHE",
        "UV_PROJECT_ENVIRONMENT",
        "UV_PYTHON",
        "UV_PYTHON_DOWNLOADS",
        "UV_PYTHON_INSTALL_DIR",
        "UV_PYTHON_PREFERENCE",
        "UV_SYSTEM_CERTS",
        "UV_SYSTEM_PYTHON",
        "UV_TOOL_BIN_DIR",
        "UV_TOOL_DIR",
    }
)
# A shorter password could be part of a folder's name in PATH.
_SHORTEST_COPY = 12
_OWNED = ("PIP_", "UV_", "GIT_", "NETRC")


def with_access(project: Project, command: tuple[str, ...], *, edges: Edges) -> int:
    """Run a command that may read the declared sources, and return its exit code.

    It gets the shell's environment, not what `.env` says, without the credentials that the sources
    name, without the tokens that CI systems and Azure keep there, and without settings of pip, uv
    and Git that would lead past the broker. What lies in files (`~/.netrc`, `~/.azure`) is its own
    to read, as it is for every program of this user. Raises UsageError for a tool that cannot be
    served.
    """
    check_served(command)
    access = edges.open_access(project)
    environment = _without_credentials(project, edges)
    _tell_kept_back(project, environment, edges=edges)
    with Broker(access) as broker:
        code = attach_process(command, environment=environment | broker.environment())
    for refusal in broker.refusals if code else ():
        edges.progress.warn(f"the broker refused: {refusal}")
    return code


def _without_credentials(project: Project, edges: Edges) -> dict[str, str]:
    named = _named(project)
    secrets = tuple(
        secret
        for secret in read_ambient_secrets(project.sources, edges.ambient)
        if len(secret.reveal()) >= _SHORTEST_COPY
    )
    return {
        name: value
        for name, value in edges.shell.items()
        if name not in named
        and not leads_to_token(name)
        and (name in _HARMLESS or not name.upper().startswith(_OWNED))
        # A copy under another name is the credential all the same.
        and redact(value, secrets) == value
    }


def _named(project: Project) -> set[str]:
    return {variable for source in project.sources for variable in credential_variables(source)}


def _tell_kept_back(project: Project, environment: Mapping[str, str], *, edges: Edges) -> None:
    """Tell which tokens that no source uses the command does not get: it may miss one."""
    names = {name for name in edges.shell if leads_to_token(name)} - _named(project)
    missed = ", ".join(sorted(names - environment.keys()))
    if missed:
        edges.progress.note(f"not handed to the command: {missed}")
