"""What has to hold after every command: what is there, held against what was said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from lading.core.hosting import DEDICATED, FLEX_CONSUMPTION
from local_azure.sites.deployments import STOPPED_BY_RESTART, Record, Status
from tests.deployment.sequences.running import Said

RECORD = "LADING_SETTINGS"
COLOUR = "COLOUR"
# What deployments write, and what a fault of the local Azure adds and takes away by itself.
OWN = frozenset({COLOUR, RECORD, *DEDICATED.switches})
_PASSING = frozenset({"SOMEBODY_ELSES"})
# App Service keeps five packages: what runs, and those that came after it.
_BESIDE = _SENT_AT_MOST = 4
_DONE_OVER_AT_MOST = 2
# After any of these nobody may be able to say what runs, or what is set; and where they last.
DOUBTS = frozenset(
    {
        *("release-not-taken", "left-behind", "list-forgets", "message-dropped"),
        *("recycled-missing", "recycled-empty", "recycled-later", "settings-lost"),
    }
)
LASTING_DOUBTS = frozenset(
    {
        *("reader", "no-role", "arm-throttled", "arm-unavailable", "settings-stale"),
        *("scm-unauthorised", "scm-forbidden", "scm-ip-forbidden", "app-ip-forbidden"),
        *("scm-unreachable", "scm-unavailable", "scm-bad-gateway", "excessive-operations"),
        *("app-unavailable", "host-starting", "host-error", "never-ends", "polls-missing"),
        *("settings-unanswered", "swap-poll-missing", "swap-poll-throttled"),
        *("swap-poll-unauthorised", "deployments-unavailable"),
    }
)
_CODES = {"released": {0}, "as before": {7}, "mixed": {8}, "unknown": {8}, "refused": {2, 3, 6, 7}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An app or its slot, as it is: the name of the package that runs, and the settings.

    `newer` packages came after that one on App Service, None where they have driven it out: it
    runs until the next start.
    """

    runs: str
    settings: Mapping[str, str]
    newer: int | None = 0

    @property
    def own(self) -> Mapping[str, str]:
        """Return the settings that deployments write."""
        return {name: text for name, text in self.settings.items() if name in OWN}

    @property
    def foreign(self) -> Mapping[str, str]:
        """Return the settings that are none of a deployment's business."""
        passing = OWN | _PASSING
        return {name: text for name, text in self.settings.items() if name not in passing}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An app as it is, and its slot where it has one."""

    app: Place
    slot: Place

    def at(self, place: str) -> Place:
        """Return the slot, or with "" the app."""
        return self.slot if place else self.app


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A command: what was there before and after, what it said (None: it was killed) and sent.

    `new` is the package that was to run, "" where none was found; `others` are those that came
    there meanwhile without it, `brought` their number since it began. `foreign` is what others'
    settings have to be, `wanted` the own colour of the files. `wrong` are the faults, by how often,
    and `met` those that did something. `records` are the deployments that it began, `sent` counts
    the uploads. It is `later` where time has passed since.
    """

    before: Seen
    after: Seen
    said: Said | None
    new: str
    others: frozenset[str]
    brought: int
    foreign: Mapping[str, str]
    wanted: str
    slot: str
    swap: bool
    wrong: Mapping[str, int | None]
    met: tuple[str, ...]
    records: tuple[Record, ...]
    sent: int
    is_flex: bool
    later: bool = False

    @property
    def end(self) -> str:
        """Return where the release is to end up."""
        return "" if self.swap else self.slot


def check_attempt(attempt: Attempt) -> None:
    """Raise AssertionError for anything that is not as it must be."""
    _check_packages(attempt)
    _check_settings(attempt)
    _check_uploads(attempt)
    if attempt.said is not None:
        _check_verdict(attempt, attempt.said)


def _check_packages(attempt: Attempt) -> None:
    """One release whole: what ran, what was to run, or what somebody else brought."""
    known = {attempt.new, *attempt.others}
    for place in {"", attempt.slot}:
        possible = {attempt.before.at(place).runs}
        if place == attempt.slot:
            possible |= known
        if attempt.swap:
            possible |= known | {attempt.before.app.runs, attempt.before.slot.runs}
        runs = attempt.after.at(place).runs
        assert runs in possible, f"{place or 'the app'} runs {runs!r}, none of {possible}"
    newer = attempt.before.at(attempt.slot).newer
    if attempt.after.at(attempt.slot).newer is None and newer is not None:
        # Without any room a package is sent once all the same, or none ever was again.
        had_room = newer + attempt.brought < _BESIDE
        assert not had_room, f"sent {attempt.sent} times, and what runs is driven out"
        assert attempt.sent <= 1, f"sent {attempt.sent} times without any room"


def _check_settings(attempt: Attempt) -> None:
    """No setting of others is touched, and the own ones are as one write left them."""
    for place in {"", attempt.slot}:
        now = attempt.after.at(place)
        assert now.foreign == attempt.foreign, f"others' settings: {_difference(attempt, place)}"
        possible = [attempt.before.at(place).own]
        if place == attempt.slot:
            possible.append(_written(attempt))
        if attempt.swap:
            possible += [attempt.before.slot.own, attempt.before.app.own, _written(attempt)]
        if "settings-stale" in attempt.met:
            # What the record was then is not what it was planned on; the next change writes it.
            possible += [_without_record(own) for own in possible]
        assert now.own in possible, f"own settings half way: {_difference(attempt, place)}"


def _without_record(own: Mapping[str, str]) -> Mapping[str, str]:
    return {name: text for name, text in own.items() if name != RECORD}


def _written(attempt: Attempt) -> Mapping[str, str]:
    """Return the own settings after the one write."""
    before = attempt.before.at(attempt.slot).own
    after = dict(before)
    switches = (FLEX_CONSUMPTION if attempt.is_flex else DEDICATED).switches
    for name, switch in switches.items():
        if not switch.is_met_by(before.get(name)):
            after.pop(name, None)
            after |= {name: switch.value} if switch.value is not None else {}
    if attempt.wanted:
        after[COLOUR] = attempt.wanted
    if after != before:
        is_own = attempt.wanted or (COLOUR in before and before.get(RECORD) == COLOUR)
        after.pop(RECORD, None)
        after |= {RECORD: COLOUR} if is_own else {}
    return after


def _difference(attempt: Attempt, place: str) -> str:
    before, after = attempt.before.at(place).settings, attempt.after.at(place).settings
    names = sorted(before.keys() | after.keys())
    lines = [
        f"{name}: {before.get(name)!r} → {after.get(name)!r}"
        for name in names
        if before.get(name) != after.get(name)
    ]
    return f"{place or 'the app'}: {'; '.join(lines) or 'as before'}, want {attempt.foreign}"


def _check_uploads(attempt: Attempt) -> None:
    """Nothing that was taken is sent again, unless it certainly came to nothing."""
    if not attempt.is_flex:
        assert attempt.sent <= _SENT_AT_MOST, f"sent {attempt.sent} times"
    begun = attempt.records
    assert len(begun) <= 1 + _DONE_OVER_AT_MOST, f"{len(begun)} deployments were begun"
    for one, following in pairwise(begun):
        passed = one.status is Status.CONFLICT or one.text == STOPPED_BY_RESTART
        assert passed, f"sent again after {one.status.name}: {one.text!r}"
        assert (one.ended or "~") <= following.received, "sent again before the first had ended"


def _check_verdict(attempt: Attempt, said: Said) -> None:
    """The exit code says which release runs."""
    assert said.code in _CODES[said.ending], f"{said.ending} with exit code {said.code}"
    ran, runs = attempt.before.at(attempt.end), attempt.after.at(attempt.end)
    match said.ending:
        case "refused":
            assert not attempt.sent, "refused, and yet something was sent"
            assert _is_as_before(attempt, ""), f"refused: {_difference(attempt, '')}"
            assert _is_as_before(attempt, attempt.slot), "refused, and the slot is another"
        case "released":
            # What somebody began while nothing was to be done comes there afterwards.
            follows = attempt.others if attempt.later and not said.steps else frozenset()
            assert runs.runs in {attempt.new, *follows}, f"0, and {runs.runs} runs"
            colour = runs.settings.get(COLOUR)
            assert attempt.wanted in {"", colour}, f"0, and the colour is {colour}"
        case "as before":
            assert _is_as_before(attempt, attempt.end), f"7: {_difference(attempt, attempt.end)}"
            is_new = runs.runs == attempt.new != ran.runs and attempt.new not in attempt.others
            assert not is_new, "7, and the new package runs"
        case _:
            _check_doubt(attempt, said)


def _check_doubt(attempt: Attempt, said: Said) -> None:
    """Nobody could know more, or it really is neither one nor the other; and it says what it is."""
    assert said.sentence.partition(": ")[2], f"8 without a reason: {said.sentence}"
    assert "→ " in said.text, "8 without a word of what to do"
    if said.ending == "mixed":
        # It may have run before: a host that says that it does not start is believed.
        is_ill = attempt.after.at(attempt.end).runs == attempt.new and "host-error" in attempt.met
        is_mixed = not _is_as_before(attempt, attempt.end)
        assert is_mixed or is_ill, f"mixed, and all is as before: {said.text}"
    lasting = {name for name in attempt.met if attempt.wrong[name] is None}
    reasons = (lasting & LASTING_DOUBTS) | (set(attempt.met) & DOUBTS)
    # It is named as what runs from the next start on, which was refused.
    switched = ("switch-package", "unknown") in said.steps
    assert reasons or switched or attempt.others, (
        f"8 for nothing that lasts, {attempt.wrong}: {said.text}"
    )


def _is_as_before(attempt: Attempt, place: str) -> bool:
    before, after = attempt.before.at(place), attempt.after.at(place)
    return before.own == after.own and after.runs in {before.runs, *attempt.others}
