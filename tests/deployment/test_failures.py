"""What goes wrong in Azure, what lading says at the end, and whether that is true: a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import pytest

from lading.core.deployment.outcome_report import render_outcome_text, sentence_of
from lading.core.deployment.outcomes import Outcome
from lading.core.deployment.release import Package
from lading.core.errors import LadingError
from local_azure.sites.hosting import Hosting
from local_azure.sites.site import Site
from tests.deployment.conftest import APP, Port, runs
from tests.deployments import files

BOTH: tuple[Hosting, ...] = ("flex", "premium")
FLEX: tuple[Hosting, ...] = ("flex",)
ZIP: tuple[Hosting, ...] = ("premium",)
APP_SERVICE: tuple[Hosting, ...] = ("premium", "dedicated")
BROKEN = APP + "\n\ndef unfinished(:\n"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One thing that goes wrong: where, which faults, and with which exit code lading ends.

    `early` faults are there before anything is read, others from the first step on. `settings` are
    wanted by files, `there` are at the app already.
    """

    symptom: str
    faults: Mapping[str, int | None] = field(default_factory=dict)
    on: tuple[Hosting, ...] = BOTH
    code: int = 0
    early: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)
    there: Mapping[str, str] = field(default_factory=dict)
    swap: bool = False
    broken: bool = False
    answers: bool = True
    prepare: Callable[[Site], None] | None = None

    def __str__(self) -> str:
        faults = " ".join(
            name if number is None else f"{name}:{number}" for name, number in self.faults.items()
        )
        return f"{self.symptom} [{faults}]" if faults else self.symptom


def stop(site: Site) -> None:
    site.state = "Stopped"


# What leaves no trace: an amount of time, and what is wrong with things that lading never asks.
UNSEEN = {"settings-lag", "scm-arm-audience", "status-runtime-failed"}
SETTING = {"COLOUR": "blue"}
RESTARTED = "the SCM container restarts and ends the deployment"
BUSY = "another deployment is under way (409)"
GONE = "Flex forgets the deployment"
COLD = "SCM is cold, or just restarted"
LOST = "an upload gets no answer"
CASES = (
    Case(symptom=RESTARTED, faults={"scm-restart": 1}),
    Case(symptom=RESTARTED, faults={"scm-restart": 2}, on=APP_SERVICE),
    Case(symptom=RESTARTED, faults={"scm-restart": None}, code=7),
    Case(symptom=RESTARTED, faults={"scm-restart": None}, settings=SETTING, code=7),
    Case(symptom=RESTARTED, faults={"settings-stop-flex": None}, on=FLEX, settings=SETTING),
    Case(symptom="settings reach SCM late", faults={"settings-lag": 40}, on=ZIP, settings=SETTING),
    Case(symptom=BUSY, faults={"deployment-in-progress": 1}),
    Case(symptom=BUSY, faults={"deployment-in-progress": None}, code=7),
    Case(symptom=BUSY, faults={"early-verdict": 1}),
    Case(symptom=BUSY, faults={"auto-swap": 1}, on=ZIP),
    Case(symptom="it is dropped for another one", faults={"ends-conflict": 1}),
    Case(
        symptom="the package is a remote URL",
        there={"WEBSITE_RUN_FROM_PACKAGE": "https://acme.test/one.zip"},
        on=ZIP,
        code=7,
    ),
    Case(symptom="no place for packages yet (404)", faults={"publish-missing": 1}, on=FLEX),
    Case(symptom="no place for packages (404)", faults={"publish-missing": None}, on=FLEX, code=7),
    Case(symptom="Site Unavailable (503)", faults={"publish-unavailable": 1}, on=FLEX),
    Case(symptom="Site Unavailable (503)", faults={"publish-unavailable": None}, on=FLEX, code=7),
    Case(symptom=GONE, faults={"recycled-missing": None}, on=FLEX),
    Case(symptom=GONE, faults={"recycled-empty": None}, on=FLEX),
    Case(symptom=GONE, faults={"recycled-missing": None}, on=FLEX, answers=False),
    Case(symptom="Flex does not know it yet", faults={"polls-missing": 3}),
    Case(symptom="a running one is told by 202", faults={"polls-accepted": None}, on=FLEX),
    *(
        Case(symptom="Flex answers in another form", faults={name: None}, on=FLEX)
        for name in ("publish-done", "publish-plain-id", "publish-located")
    ),
    Case(symptom=COLD, faults={"scm-bad-gateway": 2}, on=FLEX),
    Case(symptom=COLD, faults={"scm-unavailable": 2}, on=ZIP),
    Case(symptom=COLD, faults={"scm-unavailable": 4}, settings=SETTING),
    Case(symptom="504 after the package was taken", faults={"gateway-timeout": 1}),
    *(
        Case(symptom="SCM records other words than were sent", faults={name: None}, answers=told)
        for name in ("message-dropped", "recorded-as-onedeploy")
        for told in (True, False)
    ),
    *(
        Case(symptom=LOST, faults={"reply-lost": 1, name: None}, on=FLEX)
        for name in ("message-dropped", "recorded-as-onedeploy")
    ),
    Case(symptom=LOST, faults={"reply-lost": 1}),
    Case(symptom=LOST, faults={"upload-cut": 1}),
    Case(symptom=LOST, faults={"upload-cut": None}, code=7),
    Case(symptom="too many requests (406)", faults={"excessive-operations": 1}),
    Case(symptom="the token has expired (401)", faults={"scm-unauthorised": 1}),
    Case(symptom="no token is accepted (401)", faults={"scm-unauthorised": None}, code=7),
    Case(
        symptom="no token is accepted (401)",
        faults={"scm-unauthorised": None},
        code=3,
        early=True,
    ),
    Case(symptom="only one audience is accepted", faults={"scm-own-audience": None}, early=True),
    Case(symptom="only one audience is accepted", faults={"scm-arm-audience": None}, early=True),
    Case(symptom="403 Ip Forbidden", faults={"scm-ip-forbidden": None}, code=7, early=True),
    Case(
        symptom="an address is closed in words alone",
        faults={"app-ip-forbidden": None, "ip-forbidden-page": None},
        early=True,
    ),
    Case(symptom="SCM in a private network", faults={"scm-unreachable": None}, code=7, early=True),
    Case(symptom="no right to publish (403)", faults={"scm-forbidden": None}, code=7, early=True),
    Case(symptom="somebody stopped the app", prepare=stop, code=7, early=True),
    Case(symptom="Reader alone", faults={"reader": None}, code=7, early=True),
    Case(symptom="the app's address is closed", faults={"app-ip-forbidden": None}, early=True),
    Case(symptom="no right to the container", faults={"upload-step-403": None}, on=FLEX, code=7),
    Case(
        symptom="a setting that fails every deployment",
        there={"WEBSITE_RUN_FROM_PACKAGE": "1"},
        on=FLEX,
    ),
    Case(
        symptom="a setting that Flex does not take",
        settings={"FUNCTIONS_WORKER_RUNTIME": "python"},
        on=FLEX,
        code=2,
    ),
    Case(symptom="syncing triggers fails (400)", faults={"sync-refused": 3}, on=ZIP),
    Case(symptom="functions are listed late", faults={"functions-late": 3}),
    Case(symptom="functions are listed in pages", faults={"functions-paged": None}, answers=False),
    Case(symptom="only WarmUp is listed", faults={"warmup-only": 1}, on=FLEX),
    Case(symptom="a package that does not start", broken=True, code=8),
    Case(symptom="deploymentStatus is wrong", faults={"status-runtime-failed": None}, on=ZIP),
    Case(symptom="no log", faults={"ends-failed": 1, "log-missing": None}, code=7),
    Case(symptom="it fails", faults={"ends-failed": 1}, settings=SETTING, code=7),
    Case(symptom="it is cancelled", faults={"ends-cancelled": 1}, on=FLEX, code=7),
    Case(symptom="a later step fails", faults={"ends-partly": 1}),
    Case(symptom="it never ends", faults={"never-ends": 1}, on=ZIP, code=7),
    Case(symptom="success, and nothing is taken", faults={"release-not-taken": None}, code=7),
    Case(
        symptom="success, and nothing is taken",
        faults={"release-not-taken": None},
        on=FLEX,
        answers=False,
        code=8,
    ),
    Case(symptom="run from package is new", there={"WEBSITE_RUN_FROM_PACKAGE": "0"}, on=ZIP),
    Case(symptom="SCM does not show wwwroot", faults={"wwwroot-unmounted": None}, on=ZIP),
    Case(symptom="another operation (409)", faults={"arm-busy": 2}, settings=SETTING),
    Case(symptom="another operation (409)", faults={"arm-busy": None}, settings=SETTING, code=7),
    Case(symptom="409 with Retry-After", faults={"arm-retry-after": 1}, on=ZIP, settings=SETTING),
    Case(
        symptom="Resource Manager throttles", faults={"arm-throttled": 2}, on=ZIP, settings=SETTING
    ),
    Case(symptom="Resource Manager fails", faults={"arm-unavailable": 2}, on=ZIP, settings=SETTING),
    *(
        Case(symptom="a write of settings gets no answer", faults={name: number}, settings=SETTING)
        for name, number in (
            ("settings-unanswered", None),
            ("settings-refused-late", 3),
            ("settings-stale", 7),
        )
    ),
    Case(
        symptom="settings cannot be written",
        faults={"settings-refused-late": None},
        settings=SETTING,
        code=7,
    ),
    Case(symptom="another writes settings", faults={"settings-foreign": 1}, settings=SETTING),
    Case(symptom="another writes them back", faults={"settings-lost": 1}, settings=SETTING),
    Case(symptom="the app answers 503 for a while", faults={"app-unavailable": 3}, on=FLEX),
    Case(symptom="the host takes its time", faults={"host-starting": 3}),
    Case(symptom="the host is in an error", faults={"host-error": 2}, on=ZIP),
    Case(symptom="it takes its time", faults={"host-starting": 3}, on=ZIP, answers=False),
    *(
        Case(
            symptom="its process is from a pool",
            faults={"host-from-pool": None, **more},
            on=FLEX,
            answers=False,
            settings=settings,
            code=code,
        )
        for more, code in (({}, 0), ({"release-not-taken": None}, 8))
        for settings in ({}, SETTING)
    ),
    Case(symptom="it never starts", faults={"host-starting": None}, answers=False, code=8),
    Case(symptom="it is in an error", faults={"host-error": None}, on=ZIP, answers=False, code=8),
    Case(symptom="a swap", on=APP_SERVICE, swap=True),
    Case(symptom="a swap", faults={"swap-at-once": None}, on=ZIP, swap=True),
    *(
        Case(symptom="nobody says how a swap stands", faults={name: 6}, on=ZIP, swap=True)
        for name in ("swap-poll-throttled", "swap-poll-missing")
    ),
    Case(
        symptom="the token ends during a swap",
        faults={"swap-poll-unauthorised": 1},
        on=ZIP,
        swap=True,
    ),
    Case(
        symptom="a slot that does not warm up", faults={"swap-fails": 1}, on=ZIP, swap=True, code=7
    ),
    Case(symptom="a swap was prepared", faults={"swap-prepared": None}, on=ZIP, swap=True, code=7),
)


@dataclass(kw_only=True)
class Row:
    """One row of the table; `true` once what was said was held against what is there."""

    case: str
    hosting: Hosting
    code: int
    said: str
    true: bool = False


def every_case() -> Iterator[tuple[Case, Hosting]]:
    for case in CASES:
        for hosting in case.on:
            yield case, hosting


@pytest.fixture(scope="module")
def table() -> Iterator[list[Row]]:
    """Print all rows when the last one is there (pytest -s)."""
    rows: list[Row] = []
    yield rows
    for row in rows:
        verdict = "true" if row.true else "NOT TRUE"
        print(f"{row.case[:64]:<64} {row.hosting:<9} {row.code} {verdict}  {row.said}")  # noqa: T201


def deploy(port: Port, case: Case, site: Site) -> tuple[Outcome | None, int, str]:
    """Deploy under the faults; return how it ended, its exit code and what was said."""
    target = port.target(site, slot="staging" if case.swap else None, swap=case.swap)
    package = wanted(port, case)

    def begin() -> None:
        for name, number in case.faults.items():
            port.cloud.faults.switch_on(name, number)
        if case.prepare is not None:
            case.prepare(site)

    if case.early:
        begin()
    try:
        outcome = port.deploys(
            target, package, files(**case.settings), before=None if case.early else begin
        )
    except LadingError as error:
        return None, error.exit_code, error.message
    return outcome, outcome.exit_code, sentence_of(outcome)


def wanted(port: Port, case: Case) -> Package:
    if not case.broken:
        return port.package("new", answers=case.answers)
    # Nobody loaded it before it left.
    package = port.package("new", code=BROKEN, answers=False)
    return replace(package, functions=(), unproven="no Python here")


@pytest.mark.parametrize(
    ("case", "hosting"), list(every_case()), ids=[f"{case}-{on}" for case, on in every_case()]
)
def test_the_verdict_is_true(port: Port, case: Case, hosting: Hosting, table: list[Row]) -> None:
    site = port.site(hosting)
    old = port.package("old", answers=case.answers)
    port.puts(old, site)
    site.settings |= case.there
    site.scm_settings |= case.there
    before = dict(site.settings)
    outcome, code, said = deploy(port, case, site)
    row = Row(case=str(case), hosting=hosting, code=code, said=said)
    table.append(row)
    text = render_outcome_text(outcome) if outcome is not None else said
    assert code == case.code, f"{text}\n\n{port.listener.told}"
    unmet = set(case.faults) - set(port.cloud.faults.met) - UNSEEN
    assert not unmet, "a fault was never met"
    is_true(site, case, outcome, before, old=old)
    row.true = True
    for secret in ("Bearer ", "sig="):
        assert secret not in text


def is_true(
    site: Site, case: Case, outcome: Outcome | None, before: Mapping[str, str], *, old: Package
) -> None:
    """Hold what was said against what is there."""
    ending = outcome.ending if outcome is not None else "as before"
    new = outcome.plan.release.package.content_sha256 if outcome is not None else ""
    added = {"COLOUR", "LADING_SETTINGS", "ADDED_BY_SOMEBODY_ELSE"}
    for name in before.keys() - {"WEBSITE_RUN_FROM_PACKAGE"}:
        assert site.settings.get(name) == before[name], f"{name} was touched"
    match ending:
        case "released":
            assert runs(site) == new
            assert dict(case.settings).items() <= site.settings.items()
        case "as before":
            assert runs(site) == old.content_sha256
            assert site.settings == before
        case "mixed":
            assert runs(site) == new or site.settings != before
        case "unknown":
            assert case.code == 8
    assert site.settings.keys() <= before.keys() | added | case.there.keys()
