"""The tasks about Function Apps in Azure."""

from __future__ import annotations

import datetime as dt
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from lading.core.config import Target
from lading.core.errors import UsageError
from lading.edges.own_signals import heed_termination
from lading.tasks.door import JSON, VERBOSE, door
from lading.visit import INTERRUPTED, Visit

if TYPE_CHECKING:
    from lading.commands.deploy import Intent

_TARGET = "names or patterns of [tool.lading.targets], with commas between them"

_ONE_TARGET = "one of [tool.lading.targets]"


@task(
    auto_shortflags=False,
    help={
        "target": _TARGET,
        "artifact": "this zip, whatever the checkout is; one without its report is verified first",
        "plan": "say what would be done, and change nothing",
        "yes": "perform the plan without asking; needed where nobody is at a terminal",
        "json": JSON,
        "verbose": VERBOSE,
    },
)
def deploy(
    _context: Context,
    *,
    target: str = "",
    artifact: str = "",
    plan: bool = False,
    yes: bool = False,
    json: bool = False,
    verbose: bool = False,
) -> None:
    """Bring the package that was built to where it should run: plan, perform, prove.

    It never builds. 7: the app runs what it ran before; 8: nobody knows, or it is a mixture, and
    what is known is said. For example: lading deploy --target prod --plan
    """
    from lading.commands.deploy import DeployOptions, plan_deployments
    from lading.commands.verify import VerifyOptions
    from lading.commands.verify import verify as run

    with door(as_json=json, verbose=verbose) as visit:
        heed_termination()
        project, edges = visit.project, visit.edges
        options = DeployOptions(
            targets=_targets(visit, target, artifact=artifact),
            artifact=Path(artifact) if artifact else None,
        )
        with visit.step(f"Looking at {', '.join(one.name for one in options.targets)}"):
            intents = plan_deployments(
                project,
                options,
                edges=edges,
                verify=lambda path, app: run(
                    project, app, VerifyOptions(artifact=path), edges=edges
                ),
            )
        code = _carry_out(visit, intents, only_plan=plan, yes=yes)
    if code:
        raise Exit(code=code)


def _carry_out(visit: Visit, intents: tuple[Intent, ...], *, only_plan: bool, yes: bool) -> int:
    """Tell the plans, ask, and perform them; return the exit code."""
    from lading.commands.deploy import perform_plans
    from lading.core.deployment import outcome_report, outcomes, plan_report

    plans = tuple(intent.plan for intent in intents)
    text = "\n\n".join(plan_report.render_plan_text(one) for one in plans)
    code = max(one.exit_code for one in plans)
    if only_plan:
        visit.tell_hung(text, plan_report.render_plans_json(plans))
        return code
    if not code:
        visit.show(text)
    if not yes and not code and not all(one.is_done for one in plans):
        visit.confirm("Do this?")
    found = perform_plans(intents, edges=visit.edges)
    told = outcome_report.render_refusal if code else outcome_report.render_outcomes_text
    visit.tell_hung(told(found), outcome_report.render_outcomes_json(found))
    for outcome in found:
        if outcome.exit_code or outcome.complaints:
            visit.alert(outcome_report.sentence_of(outcome))
    visit.summarise(outcome_report.render_outcomes_markdown(found))
    return outcomes.exit_code_of_all(found)


def _one_target(visit: Visit, name: str) -> Target:
    """Return the one target that is meant."""
    first, *others = visit.targets(name)
    if others:
        raise UsageError(
            f"{name} means several targets: {', '.join(one.name for one in (first, *others))}",
            remedy="Name one of them.",
        )
    return first


def _targets(visit: Visit, names: str, *, artifact: str) -> tuple[Target, ...]:
    """Return the targets that are meant; one package is that of one app."""
    targets = visit.targets(names)
    apps = dict.fromkeys(target.app for target in targets)
    if artifact and len(apps) > 1:
        raise UsageError(
            f"--artifact names one package, and the targets want those of {', '.join(apps)}",
            remedy="Name the targets of one app.",
        )
    return targets


@task(
    auto_shortflags=False,
    help={
        "target": _TARGET,
        "apply": "write what differs: once, and looked at afterwards",
        "prune": "also take away what came from the files once, and is in none any more",
        "show-values": "show the values that differ, on a terminal, after a question",
        "yes": "do not ask before writing",
        "json": JSON,
        "verbose": VERBOSE,
    },
)
def settings(
    _context: Context,
    *,
    target: str = "",
    apply: bool = False,
    prune: bool = False,
    show_values: bool = False,
    yes: bool = False,
    json: bool = False,
    verbose: bool = False,
) -> None:
    """Tell how the settings of an app differ from the files of its target: names, never values.

    With --apply they are written. What others have set stays. For example:
    lading settings --target prod --apply
    """
    from lading.commands.settings import compare_all, write_all
    from lading.core.deployment import settings_difference, settings_report

    with door(as_json=json, verbose=verbose) as visit:
        heed_termination()
        targets, edges = visit.targets(target), visit.edges
        if show_values:
            visit.ask_to_reveal("Show the values that differ on this screen?")
        with visit.step(f"Looking at {', '.join(one.name for one in targets)}"):
            compared = compare_all(visit.project, targets, prune=prune, edges=edges)
        differences = tuple(one.difference for one in compared)
        found = tuple(settings_difference.SettingsOutcome(difference=one) for one in differences)
        text = "\n".join(map(settings_report.render_difference, differences))
        if show_values:
            visit.reveal("\n".join(map(settings_report.render_values, differences)))
        if apply:
            visit.show(text)
            code = settings_difference.exit_code_of_settings(found)
            if not yes and not code and any(one.steps for one in differences):
                visit.confirm(
                    "Write this, and have the app restart?",
                    instead="Add --yes: it is written then.",
                )
            found = write_all(compared, edges=edges)
            text = "\n".join(map(settings_report.render_written, found))
        visit.tell_hung(text, settings_report.render_settings_json(found))
        code = settings_difference.exit_code_of_settings(found)
    if code:
        raise Exit(code=code)


@task(auto_shortflags=False, help={"target": _TARGET, "json": JSON, "verbose": VERBOSE})
def status(
    _context: Context, *, target: str = "", json: bool = False, verbose: bool = False
) -> None:
    """Tell what runs at targets, on what evidence, and what is not as it should be.

    Nothing is changed. For example: lading status --target 'prod-*'
    """
    from lading.commands.status import status as run
    from lading.core.deployment import status_report

    with door(as_json=json, verbose=verbose) as visit:
        targets = visit.targets(target)
        with visit.step(f"Looking at {', '.join(one.name for one in targets)}"):
            now = dt.datetime.now().astimezone()
            found = run(visit.project, targets, edges=visit.edges, now=now)
        text = status_report.render_statuses_text(found)
        visit.tell_hung(text, status_report.render_statuses_json(found))
        code = status_report.exit_code_of_statuses(found)
    if code:
        raise Exit(code=code)


@task(
    auto_shortflags=False,
    optional=["deployment"],
    help={
        "target": _ONE_TARGET,
        "deployment": "the log of a deployment: of this id, or of lading's newest one",
        "json": "the log of the deployment as one JSON document on standard output",
        "verbose": VERBOSE,
    },
)
def logs(
    _context: Context,
    *,
    target: str = "",
    deployment: str | bool | None = None,
    json: bool = False,
    verbose: bool = False,
) -> None:
    """Follow what an app logs until Ctrl-C, or show what its deployment logged.

    Values of its settings are masked. For example: lading logs --target prod --deployment
    """
    from lading.commands.logs import follow, show_deployment
    from lading.core.deployment import logs as report

    shown: list[report.DeploymentLog] = []

    def tell(log: report.DeploymentLog) -> None:
        """Tell what is new in a log; a program gets all of it at the end."""
        before = len(shown[-1].lines) if shown else 0
        shown.append(log)
        if json:
            return
        if len(shown) == 1 or (log.has_ended and len(shown) > 1):
            visit.line(report.render_heading(log.record))
        for line in report.render_log_lines(log, after=before):
            visit.line(f"  {line}")

    with door(as_json=json, verbose=verbose) as visit:
        heed_termination()
        chosen = _one_target(visit, target)
        if deployment is None and json:
            raise UsageError(
                "what an app logs is no document", remedy="Add --deployment, or leave --json out."
            )
        if deployment is None:
            with suppress(KeyboardInterrupt):
                follow(visit.project, chosen, edges=visit.edges, tell=visit.line)
            # It ends because somebody ends it.
            raise Exit(code=INTERRUPTED)
        identifier = deployment if isinstance(deployment, str) else ""
        show_deployment(visit.project, chosen, identifier, edges=visit.edges, tell=tell)
        if json:
            visit.tell("", report.render_log_json(shown[-1]))


@task(
    auto_shortflags=False,
    help={
        "target": _ONE_TARGET,
        "artifact": "go back to this zip, where nothing else has kept the earlier release",
        "plan": "say what would be done, and change nothing",
        "yes": "perform the plan without asking; needed where nobody is at a terminal",
        "json": JSON,
        "verbose": VERBOSE,
    },
)
def rollback(
    _context: Context,
    *,
    target: str = "",
    artifact: str = "",
    plan: bool = False,
    yes: bool = False,
    json: bool = False,
    verbose: bool = False,
) -> None:
    """Bring back the release before the one that runs: plan, perform, prove, as deploy does.

    The plan says where it comes from, and whether settings come back too. For example:
    lading rollback --target prod --plan
    """
    from lading.commands.deploy import Intent
    from lading.commands.rollback import RollbackOptions, plan_rollback
    from lading.commands.verify import VerifyOptions
    from lading.commands.verify import verify as run

    with door(as_json=json, verbose=verbose) as visit:
        heed_termination()
        project, edges = visit.project, visit.edges
        chosen = _one_target(visit, target)
        options = RollbackOptions(target=chosen, artifact=Path(artifact) if artifact else None)
        with ExitStack() as stack:
            with visit.step(f"Looking at {chosen.name}"):
                opened = plan_rollback(
                    project,
                    options,
                    edges=edges,
                    verify=lambda path, app: run(
                        project, app, VerifyOptions(artifact=path), edges=edges
                    ),
                )
                found = stack.enter_context(opened)
            intent = Intent(plan=found.plan, reached=found.reached, azure=found.azure)
            code = _carry_out(visit, (intent,), only_plan=plan, yes=yes)
    if code:
        raise Exit(code=code)
