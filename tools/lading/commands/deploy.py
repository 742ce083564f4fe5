"""`deploy`: a package to where it should run; planned, performed, proven."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from lading.commands import Edges
from lading.core.bundle import Bundle, assemble_layers
from lading.core.config import App, Project, Target
from lading.core.deployment.freshness import compare_lock, render_differences
from lading.core.deployment.outcome_report import remedy_of_interruption, sentence_of
from lading.core.deployment.outcomes import Outcome, outcome_of
from lading.core.deployment.plan import Plan, plan_deployment
from lading.core.deployment.proof import Evidence, Proof
from lading.core.deployment.release import (
    Lying,
    Package,
    Release,
    check_artifact,
    package_of,
    parse_report,
)
from lading.core.deployment.state import SiteState
from lading.core.deployment.steps import Prove
from lading.core.deployment.targets import group_by_app
from lading.core.errors import DeploymentInterrupted, LadingError, PackageRefused, UsageError
from lading.core.verification import Verification, parse_label
from lading.edges.artifact_reader import read_artifact
from lading.edges.azure.apps import Azure
from lading.edges.ci import is_ci
from lading.edges.lock_folder import read_lock
from lading.edges.side_by_side import side_by_side
from lading.edges.target_settings import read_target_settings
from lading.edges.waiting import Reminder
from lading.edges.workspace.app_files import scan_app_files
from lading.edges.workspace.requirements import read_requirements
from lading.stages.compare_app import compare_app
from lading.stages.perform import Means, Performed, perform
from lading.stages.prove_release import Claim, prove_release
from lading.stages.read_state import Reached, read_state

_DIST = "dist"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployOptions:
    """What `deploy` was told; `artifact` None for the package that was built last."""

    targets: tuple[Target, ...]
    artifact: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What is to be done at one target, and the ways to it."""

    plan: Plan
    reached: Reached
    azure: Azure


Verify = Callable[[Path, App], Verification]


def plan_deployments(
    project: Project, options: DeployOptions, *, edges: Edges, verify: Verify
) -> tuple[Intent, ...]:
    """Read every target once and return what is to be done there; nothing is changed.

    Raises UsageError and PackageRefused for a package that may not leave, CredentialError and
    DeploymentFailed for an app that cannot be read; `verify` checks a package of unknown origin.
    """
    names = dict.fromkeys(target.app for target in options.targets)
    packages = {name: _package(project, name, options, edges, verify) for name in names}
    releases = [
        Release(
            target=target,
            package=packages[target.app],
            settings=read_target_settings(
                project, target, ambient=edges.ambient, remember=edges.remember
            ),
            must_be_proven=target.wants_proof(in_ci=is_ci(edges.ambient)),
        )
        for target in options.targets
    ]
    plan = partial(_plan, project, edges)
    return side_by_side(plan, releases, stop=edges.waiting.stop)


def perform_plans(intents: tuple[Intent, ...], *, edges: Edges) -> tuple[Outcome, ...]:
    """Do what is to be done at every target, all at the same time, and return what became of it.

    Where one of them has problems nothing is done anywhere. Raises DeploymentInterrupted where
    somebody ends it, which says what is known by then.
    """
    if any(intent.plan.problems for intent in intents):
        return tuple(outcome_of(intent.plan, ()) for intent in intents)
    seen: dict[str, Performed] = {}

    by_target = {intent.plan.release.target.name: intent for intent in intents}

    def work(group: tuple[Target, ...]) -> None:
        for target in group:
            intent = by_target[target.name]
            seen[target.name] = perform(intent.plan, _means(intent, edges))

    groups = group_by_app(intent.plan.release.target for intent in intents)
    try:
        side_by_side(work, groups, stop=edges.waiting.stop)
    except KeyboardInterrupt:
        raise _interrupted(intents, seen) from None
    return tuple(seen[name].outcome for name in by_target)


def _plan(project: Project, edges: Edges, release: Release) -> Intent:
    azure = edges.open_azure(project, release.target)
    try:
        reached = read_state(release.target, azure=azure, progress=edges.progress)
    except LadingError as error:
        raise error.at(release.target.name) from None
    plan = plan_deployment(release, reached.state, today=edges.today)
    return Intent(plan=plan, reached=reached, azure=azure)


def _means(intent: Intent, edges: Edges) -> Means:
    ways, state = intent.reached.ways, intent.reached.state
    package, azure = intent.plan.release.package, _reminding(intent, edges)

    def prove(
        step: Prove,
        *,
        since: float,
        deployment: Evidence | None,
        seen: frozenset[str] | None,
    ) -> Proof:
        place: SiteState = state.production
        if step.slot and state.slot is not None:
            place = state.slot
        claim = Claim(
            step=step,
            package=package,
            place=place,
            since=since,
            deployment=deployment,
            seen=seen,
        )
        return prove_release(claim, ways[step.slot], azure=azure)

    return Means(
        azure=azure,
        ways=ways,
        prove=prove,
        progress=edges.progress,
        transfer=edges.transfer,
    )


def _reminding(intent: Intent, edges: Edges) -> Azure:
    """Return the way to Azure on which a long silence is explained."""
    name, azure = intent.plan.release.target.name, intent.azure

    def tell(minutes: int) -> None:
        edges.progress.note(f"{name}: still waiting for Azure, {minutes} min so far")

    reminder = Reminder(azure.sleep, clock=azure.clock, tell=tell)
    return replace(azure, sleep=reminder.sleep)


def _interrupted(intents: Iterable[Intent], seen: Mapping[str, Performed]) -> DeploymentInterrupted:
    lines, names = [], [intent.plan.release.target.name for intent in intents]
    for name in names:
        performed = seen.get(name)
        if performed is None:
            lines.append(f"{name}: it is not known how far it came")
        else:
            lines.append(f"{name}: {sentence_of(performed.outcome)}")
    known = [seen[name].outcome if name in seen else None for name in names]
    return DeploymentInterrupted(
        "\n".join(("interrupted", *lines)), remedy=remedy_of_interruption(known)
    )


def _package(
    project: Project, name: str, options: DeployOptions, edges: Edges, verify: Verify
) -> Package:
    """Return the package of an app: what was built last, or what was named."""
    app = next(one for one in project.apps if one.name == name)
    path = _shortest(options.artifact or project.root / _DIST / f"{name}.zip")
    sha256, size = _digest(path)
    report = _read_report(path)
    if options.artifact is None and not report:
        raise UsageError(
            f"{path.with_suffix('.json')}, the bill of lading of the package, cannot be read",
            remedy=f"Build it again: lading build. Or have it verified here: --artifact {path}",
        )
    if options.artifact is None:
        package = parse_report(report, name=path.with_suffix(".json").name)
        for problem in check_artifact(package, Lying(sha256=sha256)):
            raise PackageRefused(problem.text, remedy=problem.remedy)
        _check_fresh(project, app, path, report, edges)
        return replace(package, path=str(path), size=size)
    described = _described(report, path, sha256, edges)
    return replace(described or package_of(verify(path, app)), path=str(path), size=size)


def _described(report: str, path: Path, sha256: str, edges: Edges) -> Package | None:
    """Return what the bill of lading beside a named zip says, None where it is of another one."""
    try:
        package = parse_report(report, name=f"{path.stem}.json")
    except UsageError:
        return None
    if package.sha256 != sha256 or _open(path, package, edges) is None:
        return None
    return package


def _open(path: Path, package: Package, edges: Edges) -> Bundle | None:
    """Return what is in a zip, None where its bill of lading or its own label says otherwise.

    By that content it is known later whether an app runs it.
    """
    opened = read_artifact(path, store=edges.store)
    bundle, label = assemble_layers(opened.layers), parse_label(opened.label)
    is_said = package.content_sha256 == bundle.content_sha256
    is_labelled = label is not None and (label.content_sha256, label.python) == (
        package.content_sha256,
        package.python,
    )
    return bundle if is_said and is_labelled else None


def _check_fresh(project: Project, app: App, path: Path, report: str, edges: Edges) -> None:
    """Raise PackageRefused where the checkout is not what the package was built from any more."""
    name = path.with_suffix(".json").name
    bundle = _open(path, parse_report(report, name=name), edges)
    if bundle is None:
        raise PackageRefused(
            f"{path} has other content than {name} says",
            remedy="Build it again: lading build. Or name it with --artifact: it is then verified "
            "here.",
        )
    files = scan_app_files(project, app, ambient=edges.ambient)
    changed = [f"{name} changed" for name in compare_app(bundle, files)]
    lock = read_lock(project.root, app)
    changed += compare_lock(report, lock)
    default = edges.default_index(project).url
    requirements = read_requirements(project, app, default_index=default)
    if lock is not None and lock.fingerprint != requirements.fingerprint:
        changed.append("the requirements changed")
    if changed:
        raise PackageRefused(
            f"{path} is not what this checkout is: {render_differences(tuple(changed))}",
            remedy="Build it again: lading build. Or deploy the package as it is: "
            f"--artifact {path}",
        )


def _digest(path: Path) -> tuple[str, int]:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest(), file.tell()
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}",
            remedy="Make it: lading build. Or name a zip: --artifact ZIP.",
        ) from error


def _read_report(path: Path) -> str:
    try:
        return path.with_suffix(".json").read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _shortest(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
