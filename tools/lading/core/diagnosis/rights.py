"""What an identity may do to an app, right by right, and the one role that grants what it lacks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lading.core.config import Target
from lading.core.deployment.preflight import PULLS_WHERE
from lading.core.deployment.rights import (
    PUBLISH,
    PULL,
    READ_SETTINGS,
    SWAPS,
    WRITE_CONFIG,
    actions_of,
    may_swap,
    missing_actions,
)
from lading.core.deployment.state import AppState
from lading.core.diagnosis import Check, count_of, good, note
from lading.core.diagnosis.roles import role_on_app, tell_grant
from lading.core.errors import DeploymentFailed
from lading.core.settings.change import SettingsChange
from lading.core.settings.sticky import plan_sticky

_NO_RIGHT = "no-right"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Right:
    """One right: what is told of it, and what it lacks; `needed` by a deployment now."""

    subject: str
    text: str = "allowed"
    lacks: tuple[str, ...] = ()
    needed: bool = True


def judge_rights(
    target: Target, state: AppState, *, change: SettingsChange | None, who: str
) -> Iterator[Check]:
    """Give each right that a deployment needs; `change` is what it would write, None if unknown."""
    rights = tuple(_rights(target, state, change))
    lacking = tuple(dict.fromkeys(action for right in rights for action in right.lacks))
    remedy = tell_grant(role_on_app(target), who, actions=lacking)
    for right in rights:
        if not right.lacks:
            yield good(right.subject, right.text)
            continue
        yield Check(
            subject=right.subject,
            verdict="wrong" if right.needed else "risk",
            text=f"the identity may not {right.text}",
            remedy=remedy,
            code=_NO_RIGHT,
            exit_code=DeploymentFailed.exit_code if right.needed else 0,
        )
    if state.grants is None:
        yield note("rights", "Azure does not say what else the identity may do to the app")


def _rights(target: Target, state: AppState, change: SettingsChange | None) -> Iterator[_Right]:
    place = state.place_of(target)
    yield _reading(target, state)
    refused = place.closed is not None and place.closed.code == _NO_RIGHT
    pulls = place.closed is not None and place.closed.code in PULLS_WHERE
    name = PULL if pulls else PUBLISH
    if state.grants is None:
        if refused:
            yield _Right(subject="publish", text="send packages", lacks=_actions(target, name))
        return
    yield _writing(target, state, change)
    lacks = _actions(target, name)
    if not refused:
        lacks = missing_actions(state.grants, lacks)
    yield _Right(subject="publish", text="send packages" if lacks else "allowed", lacks=lacks)
    if target.swap:
        allowed = may_swap(state.grants)
        text = "allowed" if allowed else "swap slots"
        yield _Right(subject="swap", text=text, lacks=() if allowed else SWAPS[:1])


def _reading(target: Target, state: AppState) -> _Right:
    settings = state.place_of(target).settings
    if settings is None:
        lacks = _actions(target, READ_SETTINGS)
        return _Right(subject="read settings", text="read them: Reader is not enough", lacks=lacks)
    number = count_of(len(settings.values), "setting")
    return _Right(subject="read settings", text=f"allowed: the app has {number}")


def _writing(target: Target, state: AppState, change: SettingsChange | None) -> _Right:
    sticks = plan_sticky(state.slot_names, target.sticky) is not None
    wanted = (
        *_actions(target, WRITE_CONFIG),
        *(actions_of([WRITE_CONFIG], slot=False) if sticks else ()),
    )
    lacks = missing_actions(state.grants or (), dict.fromkeys(wanted))
    needed = change is None or bool(change.edits) or sticks
    later = "" if needed else ", which the next deployment does not need"
    text = f"write them{later}" if lacks else "allowed"
    return _Right(subject="write settings", text=text, lacks=lacks, needed=needed)


def _actions(target: Target, name: str) -> tuple[str, ...]:
    return actions_of([name], slot=target.slot is not None)
