"""An SCM site while something is deployed: whether it is ready, free, and has the own one."""

from __future__ import annotations

from collections.abc import Mapping

from lading.core.access.asked import Answer
from lading.core.deployment.reactions import Refused
from lading.core.deployment.readiness import (
    PROBE_EVERY,
    READY_WITHIN,
    Probe,
    is_deploying,
    is_settled,
    judge_ready,
    sees_settings,
)
from lading.core.deployment.scm_records import (
    DeploymentRecord,
    Listed,
    is_lading,
    listed_of,
    may_be_own,
)
from lading.core.hosting import Character, Switch
from lading.edges.azure.asking import Patience
from lading.edges.azure.scm import Scm

_OK = 200
# Seconds: for how long a package that got no answer may still turn up, once nothing is under way;
# and in all. How often that is looked for.
_TURNS_UP_WITHIN, _LOOKS_FOR = 20.0, 240.0
_LOOK_EVERY = 5.0
_NOT_READY = Refused(
    code="scm-not-ready",
    text=f"the SCM site was not ready within {READY_WITHIN:.0f} s",
    remedy="Look at the Function App in the portal: whether it runs, and its quota. Then deploy "
    "again.",
)


class ScmSite:
    """One SCM site, asked by whoever has the patience."""

    def __init__(self, scm: Scm, character: Character, patience: Patience) -> None:
        self.scm = scm
        self.character = character
        self.patience = patience

    def settle(self, switches: Mapping[str, Switch]) -> Refused | None:
        """Wait until it is back from a restart and sees its switches; return why it is not."""
        probes: list[Probe] = []
        clock, started = self.patience.clock, self.patience.clock()
        while True:
            judged = judge_ready(self.scm.list_deployments())
            if isinstance(judged, Refused):
                return judged
            sees = judged == "ready" and self._sees(switches)
            now = clock() - started
            probes.append(Probe(seconds=now, ready=judged == "ready", sees=sees))
            if is_settled(probes):
                return None
            if now >= READY_WITHIN:
                return _NOT_READY
            self.patience.sleep(PROBE_EVERY)

    def await_ready(self) -> Refused | None:
        """Wait until it answers; return why it does not."""
        clock, started = self.patience.clock, self.patience.clock()
        while True:
            judged = judge_ready(self.scm.list_deployments())
            if isinstance(judged, Refused):
                return judged
            if judged == "ready":
                return None
            if clock() - started >= READY_WITHIN:
                return _NOT_READY
            self.patience.sleep(PROBE_EVERY)

    def await_free(self, seconds: float) -> None:
        """Wait until nothing is being deployed there, for some seconds at the most."""
        started = self.patience.clock()
        while self.is_busy() is True and self.patience.clock() - started < seconds:
            self.patience.sleep(_LOOK_EVERY)

    def is_busy(self) -> bool | None:
        """Say whether something is being deployed there; None where it does not tell."""
        if self.character == "publish":
            listed = self.listed()
            return None if listed is None else listed.is_any_under_way
        reply = self.scm.read_busy()
        return is_deploying(reply.body) if isinstance(reply, Answer) else None

    def listed(self) -> Listed | None:
        """Return the deployments that it knows; None where it does not answer."""
        reply = self.scm.list_deployments()
        if not isinstance(reply, Answer) or reply.status != _OK:
            return None
        return listed_of(reply)

    def find(
        self, marker: str, *, known: str = "", before: Listed | None = None
    ) -> DeploymentRecord | None:
        """Return the own deployment where it is in the list; `before` is what was there before."""
        listed = self.listed()
        return None if listed is None else _find(listed, marker, known=known, before=before)

    def look_for(self, marker: str, *, before: Listed | None) -> DeploymentRecord | bool:
        """Look whether a package has arrived that got no answer.

        Returns its record, False where nothing came of it, True where nobody can say.
        """
        started = self.patience.clock()
        while True:
            listed = self.listed()
            found = None if listed is None else _find(listed, marker, before=before)
            if found is not None:
                return found
            waited = self.patience.clock() - started
            if waited >= _LOOKS_FOR:
                return True
            if waited >= _TURNS_UP_WITHIN and listed is not None and self.is_busy() is False:
                news = () if before is None else listed.since(before)
                return any(map(may_be_own, news))
            self.patience.sleep(_LOOK_EVERY)

    def _sees(self, switches: Mapping[str, Switch]) -> bool:
        if not switches:
            return True
        reply = self.scm.read_settings()
        return isinstance(reply, Answer) and sees_settings(reply.body, switches)


def _find(
    listed: Listed, marker: str, *, known: str = "", before: Listed | None = None
) -> DeploymentRecord | None:
    """Return the own record, also where its service keeps no messages."""
    found = listed.find(marker, known=known)
    if found is None and before is not None:
        found = next(filter(is_lading, listed.since(before)), None)
    return found
