"""Where a build ran: which builder may answer for it, and what it calls this run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from lading.core.statements.addresses import public_address

LOCAL = "urn:lading:builder:local"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run of a build; `builder` is a URI, `invocation` one or "", `ref` the branch or tag or "".

    `facts` are what else its system says of it.
    """

    builder: str = LOCAL
    invocation: str = ""
    ref: str = ""
    facts: tuple[tuple[str, str], ...] = ()


def parse_run(system: str | None, ambient: Mapping[str, str]) -> Run:
    """Read from a CI system's variables which run this is; None stands for no such system.

    Where a variable is missing that names the builder, nobody can answer for the run: it is local.
    """
    if system == "github":
        return _github(ambient)
    if system == "azure-pipelines":
        return _azure_pipelines(ambient)
    return Run()


def _github(ambient: Mapping[str, str]) -> Run:
    server = public_address(ambient.get("GITHUB_SERVER_URL", "")).rstrip("/")
    workflow = ambient.get("GITHUB_WORKFLOW_REF", "")
    if not (server and workflow):
        return Run()
    repository, run = ambient.get("GITHUB_REPOSITORY", ""), ambient.get("GITHUB_RUN_ID", "")
    attempt = ambient.get("GITHUB_RUN_ATTEMPT", "1")
    place = f"{server}/{repository}/actions/runs/{run}/attempts/{attempt}"
    return Run(
        builder=f"{server}/{workflow}",
        invocation=place if repository and run else "",
        ref=ambient.get("GITHUB_REF", ""),
        facts=_facts(ambient, {"event": "GITHUB_EVENT_NAME", "runner": "RUNNER_ENVIRONMENT"}),
    )


def _azure_pipelines(ambient: Mapping[str, str]) -> Run:
    collection = public_address(ambient.get("SYSTEM_COLLECTIONURI", "")).rstrip("/")
    project, definition = ambient.get("SYSTEM_TEAMPROJECT", ""), ambient.get("SYSTEM_DEFINITIONID")
    if not (collection and project and definition):
        return Run()
    builds = f"{collection}/{quote(project)}/_build"
    build, attempt = ambient.get("BUILD_BUILDID", ""), ambient.get("SYSTEM_JOBATTEMPT", "1")
    place = f"{builds}/results?buildId={build}&attempt={attempt}"
    return Run(
        builder=f"{builds}?definitionId={definition}",
        invocation=place if build else "",
        ref=ambient.get("BUILD_SOURCEBRANCH", ""),
        facts=_facts(ambient, {"event": "BUILD_REASON", "runner": "AGENT_OS"}),
    )


def _facts(ambient: Mapping[str, str], names: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((key, value) for key, name in names.items() if (value := ambient.get(name, "")))
