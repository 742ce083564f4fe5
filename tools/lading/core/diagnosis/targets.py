"""What keeps a package from a target, and what could go wrong there, one check after the other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from shlex import quote

from lading.core.config import Target
from lading.core.deployment.preflight import (
    check_reach,
    check_runtime,
    check_slot,
    check_standing,
    tell_end_of_support,
)
from lading.core.deployment.state import AppState, SiteState
from lading.core.diagnosis import Check, count_of, good, in_the_way, note, risk
from lading.core.diagnosis.rights import judge_rights
from lading.core.diagnosis.roles import address_of
from lading.core.problems import Problem
from lading.core.settings import AppSettings, DesiredSettings
from lading.core.settings.change import Ownership, SettingsChange, plan_change
from lading.core.settings.credentials import credential_remedy, find_credential
from lading.core.settings.plan_rules import check_after, check_desired, check_together


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A target, and what would be brought there: for which Python, with which settings.

    `settings` is None where the files of the target cannot be read.
    """

    target: Target
    python: str
    settings: DesiredSettings | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was seen of a target's app.

    `who` is the identity's object id, "" where nobody knows; `passwords` says whether its SCM site
    takes them, None where nobody says; `milliseconds` how long Azure took to show the app.
    """

    state: AppState
    who: str = ""
    passwords: bool | None = None
    milliseconds: int | None = None


def judge_target(candidate: Candidate, seen: Seen, *, today: dt.date) -> Iterator[Check]:
    """Give everything that can be told of an app without changing it."""
    target, state = candidate.target, seen.state
    place = state.place_of(target)
    refusal = place.site.refusal
    if refusal is not None:
        text = f"{target.function_app} takes no package from lading: {refusal.reason}"
        yield in_the_way("app", Problem(code="unsupported", text=text, remedy=refusal.remedy))
        return
    standing = tuple(check_standing(target, state))
    yield from (in_the_way("app", problem) for problem in standing)
    if not standing:
        text = f"{place.site.plan.name}, {place.site.state or 'state not told'}; {place.site.host}"
        yield replace(good("app", text), milliseconds=seen.milliseconds)
    yield from _python(candidate, place, today)
    without = tuple(check_slot(target, state))
    yield from (in_the_way("slot", problem) for problem in without)
    if without:
        # What is known of production says nothing about a slot.
        return
    change = _change(candidate, state)
    yield from _settings(candidate, place, change)
    yield from judge_rights(target, state, change=change, who=seen.who)
    yield from _way(target, place)
    yield from _passwords(target, place, is_allowed=seen.passwords)
    yield from _busy(place)


def _python(candidate: Candidate, place: SiteState, today: dt.date) -> Iterator[Check]:
    site, app = place.site, candidate.target.app
    of = f"the app {app}"
    problems = tuple(check_runtime(site, candidate.python, of=of, today=today))
    yield from (in_the_way("Python", problem) for problem in problems)
    if not problems and site.python:
        yield good("Python", f"{site.python}, for which {app} is built")
    elif not problems:
        text = f"the Function App does not say which it runs; {app} is built for {candidate.python}"
        yield note("Python", text)
    for told in tell_end_of_support(site.python or candidate.python, today):
        remedy = "Move the app and the Function App to a newer one."
        yield risk("Python", "end-of-support", told, remedy)


def _change(candidate: Candidate, state: AppState) -> SettingsChange | None:
    """Return what a deployment would write, None where that cannot be known."""
    place = state.place_of(candidate.target)
    if candidate.settings is None or place.settings is None:
        return None
    ownership = Ownership(sticky=frozenset(state.slot_names.app_settings))
    return plan_change(candidate.settings, place.site.plan, place.settings, ownership)


def _settings(
    candidate: Candidate, place: SiteState, change: SettingsChange | None
) -> Iterator[Check]:
    """Judge the settings of the files and of the app by their names."""
    desired, actual, plan = candidate.settings, place.settings, place.site.plan
    problems = list(check_desired(desired, plan)) if desired is not None else []
    if desired is not None and actual is not None and change is not None:
        problems += check_together(desired, actual, plan)
        problems += check_after(change.apply(actual), plan)
    yield from (in_the_way("settings", problem) for problem in problems)
    yield from _strange(place, actual or AppSettings())
    switched = sorted(change.names & plan.switches.keys()) if change is not None else []
    if switched:
        text = f"a deployment changes how a package is taken: {', '.join(switched)}"
        yield note("settings", text)
    elif change is not None and desired is not None and not problems:
        number = count_of(len(desired.settings), "setting")
        yield good("settings", f"the plan takes what the files say: {number}")


def _strange(place: SiteState, actual: AppSettings) -> Iterator[Check]:
    """Tell of settings that an app has and should not have; never of a value."""
    plan = place.site.plan
    for name, value in sorted(actual.values.items()):
        if name in plan.forbidden and name not in plan.switches:
            text = f"the app has {name}, which {plan.name} does not take"
            yield risk("settings", "forbidden-setting", text, _sentence(plan.forbidden[name]))
        kind = find_credential(name, value.reveal())
        if kind is not None:
            text = f"the app has {name}, {kind}"
            remedy = _sentence(credential_remedy(name))
            yield risk("settings", "source-credential", text, remedy)


def _way(target: Target, place: SiteState) -> Iterator[Check]:
    """Tell how a package gets there from this machine."""
    problems = tuple(check_reach(target, place))
    # What a right would mend was told as a right.
    yield from (in_the_way("SCM", problem) for problem in problems if problem.code != "no-right")
    if problems or place.site.is_stopped:
        return
    if place.closed is None:
        yield good("SCM", f"{place.site.scm_host} takes the token")
        return
    yield note(
        "SCM",
        f"{place.closed.text}: a deployment has the platform pull the package from "
        f"{target.packages}",
        "It needs that the identity may keep packages there and sign URLs for them, and that the "
        "platform reaches it.",
    )


def _passwords(target: Target, place: SiteState, *, is_allowed: bool | None) -> Iterator[Check]:
    if is_allowed is None:
        return
    if not is_allowed:
        yield good("passwords", "the SCM site takes none")
        return
    slot = f"/slots/{target.slot}" if target.slot else ""
    policy = f"{address_of(target).resource_id}{slot}/basicPublishingCredentialsPolicies/scm"
    line = f"az resource update --ids {quote(policy)} --set properties.allow=false"
    yield risk(
        "passwords",
        "basic-publishing",
        f"the SCM site of {place.site.name} takes a password: whoever has its publish profile may "
        "deploy. Lading has no use for it",
        f"Forbid it:\n  {line}",
    )


def _busy(place: SiteState) -> Iterator[Check]:
    if place.site.is_stopped:
        return
    if place.deploying is None:
        yield note("deployment", "whether one is under way only the SCM site says")
    elif place.deploying:
        text = "one is under way: another one waits for its end, for five minutes"
        yield note("deployment", text)
    else:
        yield good("deployment", "none is under way")


def judge_proof(target: Target, *, python: str, found: bool, demanded: bool) -> Check:
    """Return whether what is built here may go to a target, by the interpreter for it."""
    if found:
        return good("proof", f"Python {python} is here, to import what is built")
    text = f"no Python {python} is here: a package that is built here is not imported"
    if not demanded:
        return note("proof", text)
    return risk(
        "proof",
        "not-proven",
        f"{text}, and {target.name} takes only what was",
        f"Build it where Python {python} is, or install that here.",
    )


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."
