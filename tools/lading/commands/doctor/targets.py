"""The targets of `doctor`: each read once, all at the same time, and nothing changed at any."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from lading.commands import Edges
from lading.core.config import App, Project, Target
from lading.core.diagnosis import Check, TargetDiagnosis, failed
from lading.core.diagnosis.targets import Candidate, Seen, judge_proof, judge_target
from lading.core.errors import ConfigError, LadingError
from lading.core.identity import Identity
from lading.core.settings import DesiredSettings
from lading.edges.ci import is_ci
from lading.edges.http import Http
from lading.edges.interpreters import find_interpreter
from lading.edges.side_by_side import side_by_side
from lading.edges.target_settings import read_target_settings
from lading.stages.look_at_target import (
    SignedIn,
    find_app,
    look_at_copies,
    read_password_policy,
)
from lading.stages.read_state import read_state

# Who signs in, or why nobody can.
_SignIns = Mapping[Identity | None, SignedIn | LadingError]


def look_at_targets(
    project: Project, targets: tuple[Target, ...], *, http: Http, edges: Edges
) -> tuple[TargetDiagnosis, ...]:
    """Return what was found at each target; what is wrong with one hides nothing of another.

    `http` is impatient: what has no answer within its limits is told as that.
    """
    looking = _Looking(project, http, edges)
    stop = edges.waiting.stop
    # Whoever cannot sign in need not try so for each target.
    firsts = {target.identity or project.identity: target for target in reversed(targets)}
    signed = side_by_side(looking.sign_in, tuple(firsts.values()), stop=stop)
    sign_ins = dict(zip(firsts, signed, strict=True))
    return side_by_side(partial(looking.look, sign_ins), targets, stop=stop)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Here:
    """What can be told of a target without asking anybody."""

    candidate: Candidate
    checks: tuple[Check, ...]
    proof: Check


class _Looking:
    """Looks at targets, from several threads."""

    def __init__(self, project: Project, http: Http, edges: Edges) -> None:
        self._project = project
        self._http = http
        self._edges = edges

    def sign_in(self, target: Target) -> SignedIn | LadingError:
        """Return whoever deploys to a target, or why nobody can."""
        try:
            azure = self._edges.open_azure(self._project, target)
            issued = azure.account.issued()
        except LadingError as error:
            return error
        return SignedIn(azure=replace(azure, http=self._http, waits=False), issued=issued)

    def look(self, sign_ins: _SignIns, target: Target) -> TargetDiagnosis:
        """Return what was found at a target."""
        here = self._look_here(target)
        signed = sign_ins[target.identity or self._project.identity]
        if isinstance(signed, LadingError):
            checks = (failed("identity", signed), *here.checks, here.proof)
            return TargetDiagnosis(target=target, checks=checks)
        known = TargetDiagnosis(target=target, opened=(signed.opened,), checks=())
        try:
            return self._look_there(known, here, signed)
        except LadingError as error:
            checks = (failed("app", error), *here.checks, here.proof)
            return replace(known, checks=checks)

    def _look_here(self, target: Target) -> _Here:
        app = next(one for one in self._project.apps if one.name == target.app)
        settings: DesiredSettings | None = None
        problems: tuple[Check, ...] = ()
        try:
            settings = read_target_settings(
                self._project,
                target,
                ambient=self._edges.ambient,
                remember=self._edges.remember,
            )
        except ConfigError as error:
            problems = (failed("settings", error),)
        return _Here(
            candidate=Candidate(target=target, python=app.python, settings=settings),
            checks=problems,
            proof=self._proof(target, app),
        )

    def _proof(self, target: Target, app: App) -> Check:
        ambient = self._edges.ambient
        found = find_interpreter(app.python, ambient=ambient) is not None
        return judge_proof(
            target,
            python=app.python,
            found=found,
            demanded=target.wants_proof(in_ci=is_ci(ambient)),
        )

    def _look_there(self, known: TargetDiagnosis, here: _Here, signed: SignedIn) -> TargetDiagnosis:
        target = known.target
        found = find_app(target, signed)
        if isinstance(found, Check):
            return replace(known, checks=(found, *here.checks, here.proof))
        azure = signed.azure
        reached = read_state(target, azure=azure, progress=self._edges.progress, purpose="doctor")
        place = reached.state.place_of(target)
        takes = place.site.refusal is None
        seen = Seen(
            state=reached.state,
            who=signed.who,
            passwords=read_password_policy(target, azure) if takes else None,
            milliseconds=found,
        )
        checks: Iterator[Check] = judge_target(here.candidate, seen, today=self._edges.today)
        copies = look_at_copies(target, place, signed) if takes else ()
        return replace(
            known,
            plan=place.site.plan.kind,
            python=place.site.python,
            checks=(*checks, *here.checks, *copies, here.proof),
        )
