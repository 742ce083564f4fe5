"""Target → what its app is: read once, before anything is changed, several questions at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Literal

from lading.core.access.asked import Answer
from lading.core.config import Target
from lading.core.deployment.arm_replies import judge_arm
from lading.core.deployment.reactions import (
    Accepted,
    Again,
    NoAnswer,
    Reaction,
    Refused,
    give_up,
)
from lading.core.deployment.readiness import is_deploying, judge_ready
from lading.core.deployment.release import label_path
from lading.core.deployment.rights import Grant, parse_grants
from lading.core.deployment.scm_records import listed_of
from lading.core.deployment.state import (
    AppState,
    ListedFunction,
    SiteState,
    parse_functions,
    parse_host_status,
)
from lading.core.deployment.uploads import forbidden, judge_upload
from lading.core.documents import as_document, parse_json, rows_of, text_of
from lading.core.errors import CredentialError, DeploymentFailed, LadingError
from lading.core.hosting import RUN_FROM_PACKAGE, Character, Site
from lading.core.hosting.sites import parse_site
from lading.core.secret import Secret
from lading.core.settings import AppSettings, parse_app_settings
from lading.core.settings.sticky import SlotNames, parse_slot_names
from lading.core.verification import Label, parse_label
from lading.edges.azure.apps import Azure, Ways
from lading.edges.azure.asking import Heard, Reply
from lading.edges.azure.resource_manager import ResourceManager
from lading.edges.azure.scm import Scm
from lading.edges.azure.site_label import read_site_labels
from lading.edges.terminal import Progress

# What an app is read for.
Purpose = Literal["deploy", "status", "settings", "doctor"]
_AT_ONCE = 6
_OK, _UNAUTHORIZED, _FORBIDDEN = 200, 401, 403
# Seconds: how long somebody else's deployment is waited for, and how often it is looked at.
_BUSY_SECONDS, _LOOK_SECONDS = 300.0, 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What an app is, and the ways to it: by slot, "" for the app itself."""

    state: AppState
    ways: Mapping[str, Ways]


def read_state(
    target: Target, *, azure: Azure, progress: Progress, purpose: Purpose = "deploy"
) -> Reached:
    """Return what a target's app is.

    To "deploy", a deployment that is under way there is waited for, for five minutes. For its
    "settings" nothing else is read of a site; the "doctor" does not ask what runs. Raises
    DeploymentFailed where Azure does not say what is needed, CredentialError where it accepts no
    token.
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        reader = _Reader(_Reading(target=target, purpose=purpose), azure, progress, pool)
        return reader.read()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """What is read, and what for."""

    target: Target
    purpose: Purpose


class _Reader:
    """Reads one app; what does not depend on one another at the same time."""

    def __init__(
        self, reading: _Reading, azure: Azure, progress: Progress, pool: ThreadPoolExecutor
    ) -> None:
        self._target = reading.target
        self._purpose = reading.purpose
        self._azure = azure
        self._progress = progress
        self._pool = pool

    def read(self) -> Reached:
        target = self._target
        if target.packages is not None:
            # Whether it may be used at all is told before anything is asked.
            self._azure.container(target.packages)
        app = self._azure.manager(target, slot=None)
        place = self._azure.manager(target, slot=target.slot)
        grants = self._pool.submit(self._grants, place)
        asked_slot = None
        if target.slot is not None:
            asked_slot = self._pool.submit(self._ask, place.read_site)
        names = self._pool.submit(self._slot_names, app)
        site = self._site(self._ask(app.read_site))
        ways = {"": self._azure.ways(target, site, slot=None)}
        if target.slot is None or asked_slot is None:
            alone = AppState(
                production=self._place(site, ways[""]),
                slot_names=names.result(),
                grants=grants.result(),
            )
            return Reached(state=alone, ways=ways)
        slot, heard = None, asked_slot.result()
        if not _is_missing(heard):
            slot_site = self._site(heard)
            ways[target.slot] = self._azure.ways(target, slot_site, slot=target.slot)
            slot = self._place(slot_site, ways[target.slot])
        production = self._place(site, ways[""]) if target.swap else SiteState(site=site)
        state = AppState(
            production=production,
            slot=slot,
            slots=self._slots(app) if slot is None else (target.slot,),
            slot_names=names.result(),
            grants=grants.result(),
        )
        return Reached(state=state, ways=ways)

    def _place(self, site: Site, ways: Ways) -> SiteState:
        """Read one site: first what Resource Manager knows, then what the site itself says."""
        if site.refusal is not None:
            return SiteState(site=site)
        settings = self._pool.submit(self._settings, ways.manager)
        if self._purpose == "settings":
            deploying = None if ways.scm is None else self._is_busy(site, ways.scm)
            return SiteState(site=site, settings=settings.result(), deploying=deploying)
        if self._purpose == "doctor":
            return replace(self._reach(site, ways.scm), settings=settings.result())
        key = self._pool.submit(self._master_key, ways.manager)
        state = self._reach(site, ways.scm)
        # Only now: what was waited for has other functions.
        functions = self._pool.submit(self._functions, ways.manager)
        answered = ways.front.read_status(key.result())
        if _is_closed(answered):
            state = replace(state, host_closed=True)
            answered = self._ask_once(ways.manager.read_host_status).reply
        body = answered.body if isinstance(answered, Answer) else ""
        state = replace(
            state,
            settings=settings.result(),
            functions=functions.result(),
            host=parse_host_status(body),
        )
        return replace(state, runs=_what_runs(state, ways))

    def _reach(self, site: Site, scm: Scm | None) -> SiteState:
        """Tell whether a site takes packages, and whether it is free for one."""
        state = SiteState(site=site, closed=self._closed(site, scm))
        if state.closed is not None or scm is None:
            return state
        look = self._await_free if self._purpose == "deploy" else self._is_busy
        return replace(state, deploying=look(site, scm))

    def _ask(self, send: Callable[[], Reply]) -> Heard:
        return self._azure.patience.ask_arm("read", send)

    def _ask_once(self, send: Callable[[], Reply]) -> Heard:
        """Ask what a host answers: one that does not run is no reason to wait here."""

        def judge(reply: Reply) -> Reaction:
            reaction = judge_arm("read", reply)
            is_host = isinstance(reaction, Again) and reaction.code == "host-not-ready"
            return give_up(reaction) if is_host and isinstance(reaction, Again) else reaction

        return self._azure.patience.ask(send, judge)

    def _site(self, heard: Heard) -> Site:
        _check(heard)
        domains = self._azure.account.cloud.app_domains
        return parse_site(parse_json(heard.body), domains=domains)

    def _settings(self, manager: ResourceManager) -> AppSettings | None:
        heard = self._ask(manager.read_settings)
        if isinstance(heard.reaction, Refused) and heard.reaction.code == "no-right":
            return None
        _check(heard)
        return parse_app_settings(parse_json(heard.body))

    def _functions(self, manager: ResourceManager) -> tuple[ListedFunction, ...]:
        return parse_functions(parse_json(self._ask_once(manager.read_functions).body))

    def _master_key(self, manager: ResourceManager) -> Secret | None:
        heard = self._ask_once(manager.read_host_keys)
        key = text_of(as_document(parse_json(heard.body)), "masterKey")
        return Secret(key) if key else None

    def _slot_names(self, manager: ResourceManager) -> SlotNames:
        # A plan without slots has none, and says so in several ways.
        return parse_slot_names(parse_json(self._ask_once(manager.read_slot_names).body))

    def _grants(self, manager: ResourceManager) -> tuple[Grant, ...] | None:
        # Who may not ask what it may do, may still do it.
        return parse_grants(parse_json(self._ask_once(manager.read_rights).body))

    def _slots(self, manager: ResourceManager) -> tuple[str, ...]:
        rows = rows_of(as_document(parse_json(self._ask(manager.read_slots).body)), "value")
        return tuple(text_of(row, "name").rpartition("/")[2] for row in rows)

    def _closed(self, site: Site, scm: Scm | None) -> Refused | None:
        """Return why the SCM site cannot be used; one that only starts can be."""
        if site.is_stopped or scm is None:
            return _without_scm(site)
        character = site.plan.character or "zip-deploy"
        judge = lambda reply: _judge_probe(character, reply)  # noqa: E731 - one for two arguments
        reaction = self._azure.patience.ask(scm.list_deployments, judge).reaction
        return reaction if isinstance(reaction, Refused) else None

    def _await_free(self, site: Site, scm: Scm) -> bool | None:
        """Wait for a deployment that is under way, which may be that of a run that was ended."""
        started = self._azure.clock()
        told = False
        while self._is_busy(site, scm):
            if self._azure.clock() - started >= _BUSY_SECONDS:
                return True
            if not told:
                self._progress.note(f"{site.name}: another deployment is under way; waiting for it")
                told = True
            self._azure.sleep(_LOOK_SECONDS)
        return False

    def _is_busy(self, site: Site, scm: Scm) -> bool:
        if site.plan.character == "zip-deploy":
            reply = scm.read_busy()
            return isinstance(reply, Answer) and is_deploying(reply.body) is True
        reply = scm.list_deployments()
        return isinstance(reply, Answer) and listed_of(reply).is_any_under_way


def _what_runs(state: SiteState, ways: Ways) -> str:
    """Return the content hash that runs there, read back or told by the app itself."""
    label: Label | None = None
    path = label_path(state.functions)
    if state.site.plan.character == "zip-deploy":
        if state.closed is None and ways.scm is not None:
            from_package = state.settings is None or state.settings.text(RUN_FROM_PACKAGE) == "1"
            label = read_site_labels(ways.scm, from_package=from_package).agreed
    elif path and not state.host_closed:
        reply = ways.front.read_label(path)
        if isinstance(reply, Answer) and reply.status == _OK:
            label = parse_label(reply.body.encode())
    return label.content_sha256 if label else ""


def _judge_probe(character: Character, reply: Reply) -> Reaction:
    if isinstance(reply, NoAnswer) or reply.status == _UNAUTHORIZED:
        return judge_upload(character, reply)
    judged = judge_ready(reply)
    return judged if isinstance(judged, Refused) else Accepted()


def _without_scm(site: Site) -> Refused | None:
    if site.is_stopped:
        # Preflight tells it; its SCM site would say the same.
        return None
    if site.foreign_scm:
        return Refused(
            code="scm-foreign",
            text=f"the SCM site of {site.name} is said to be {site.foreign_scm}, which is no host "
            "of this cloud: no token is sent there",
            remedy="Find out who changed the host names of the app. With packages = … on the "
            "target the package goes by way of Resource Manager.",
        )
    return Refused(
        code="scm-unreachable",
        text=f"{site.name} has no SCM site",
        remedy="Look at the Function App in the portal: one that was never started has none.",
    )


def _is_closed(reply: Reply) -> bool:
    if isinstance(reply, NoAnswer):
        return True
    return reply.status == _FORBIDDEN and forbidden(reply).code == "scm-closed"


def _is_missing(heard: Heard) -> bool:
    return isinstance(heard.reaction, Refused) and heard.reaction.code == "not-there"


def _check(heard: Heard) -> None:
    """Raise what keeps a deployment from being planned."""
    reaction = heard.reaction
    if isinstance(reaction, Accepted):
        return
    remedy = reaction.remedy if isinstance(reaction, Refused) else "Try again."
    code = reaction.code if isinstance(reaction, Refused) else ""
    error: type[LadingError] = DeploymentFailed
    if code == "arm-unauthorized":
        error = CredentialError
    raise error(f"{reaction.text}; nothing was changed", remedy=remedy)
