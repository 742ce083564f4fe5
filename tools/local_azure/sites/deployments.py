"""The deployments of a site: their records, and how one of them goes on."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import partial
from pathlib import Path

from local_azure.sites.world import World

STOPPED_BY_RESTART = (
    "Deployment has been stopped due to SCM container restart. The restart can happen due to a "
    "management operation on site. Do not perform a management operation and a deployment "
    "operation in quick succession. Adding a small delay can help."
)


class Status(IntEnum):
    """The state of a deployment, by the numbers of the wire."""

    CANCELLED = -1
    PENDING = 0
    BUILDING = 1
    DEPLOYING = 2
    FAILED = 3
    SUCCESS = 4
    CONFLICT = 5
    PARTLY = 6


# After so long a lock holds nobody up any more.
_STALE_SECONDS = 1500.0
_UNDER_WAY = (Status.PENDING, Status.BUILDING, Status.DEPLOYING)
_ENDINGS = {
    "ends-cancelled": (Status.CANCELLED, "Deployment was cancelled."),
    "ends-failed": (Status.FAILED, "Deployment failed in ContentValidationStep."),
    "ends-conflict": (Status.CONFLICT, "Another deployment is in progress."),
    "ends-partly": (Status.PARTLY, "Partially successful: SyncTriggerStep failed."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A package as it was sent, and what was said with it."""

    package: Path
    author: str = "N/A"
    deployer: str = ""
    message: str = ""
    remote_build: bool = False


@dataclass(slots=True, kw_only=True)
class Record:
    """One deployment. `answers` counts how often a client was told of it.

    It is `forgotten` where the instance that knew of it is gone, `left_behind` where that which did
    the work is.
    """

    id: str
    upload: Upload
    received: str
    temporary: bool = True
    status: Status = Status.PENDING
    text: str = ""
    started: str = ""
    ended: str | None = None
    log: list[tuple[str, str, int]] = field(default_factory=list)
    answers: int = 0
    forgotten: bool = False
    left_behind: bool = False

    @property
    def is_over(self) -> bool:
        """Say whether nothing more will happen to it."""
        return self.status not in _UNDER_WAY


class NotDeployedError(Exception):
    """Why a package could not be put in place, in the words of a deployment's status."""


class Deployments:
    """The deployments of one site, the newest last. One at a time; `put_in_place` does the work."""

    def __init__(
        self, name: str, world: World, put_in_place: Callable[[Upload, Record], None]
    ) -> None:
        self._name = name
        self._world = world
        self._put_in_place = put_in_place
        self.records: list[Record] = []

    @property
    def running(self) -> Record | None:
        """Return the deployment under way, None where there is none."""
        under_way = (one for one in self.records if not one.is_over and not one.left_behind)
        return next(under_way, None)

    def find(self, identifier: str) -> Record | None:
        """Return a deployment by its id."""
        found = (record for record in self.records if record.id == identifier)
        return next(found, None)

    @property
    def active(self) -> Record | None:
        """Return the newest deployment whose package was put in place."""
        good = [one for one in self.records if one.status in {Status.SUCCESS, Status.PARTLY}]
        return good[-1] if good else None

    def start(self, upload: Upload, *, identifier: str = "", temporary: bool = False) -> Record:
        """Begin a deployment; its record is a temporary one at first, where that is so."""
        stamp = self._world.clock.stamp()
        final = identifier or uuid.uuid4().hex
        record = Record(
            id=f"temp-{final[:8]}" if temporary else final,
            upload=self._as_recorded(upload),
            received=stamp,
            started=stamp,
            temporary=temporary,
        )
        record.log.append((stamp, "Starting deployment pipeline.", 0))
        self.records.append(record)
        after, step = self._world.agenda.after, self._world.timing.step
        after(step, partial(self._go_on, record, Status.BUILDING, final))
        after(2 * step, partial(self._go_on, record, Status.DEPLOYING, final))
        after(3 * step, partial(self._finish, record))
        after(_STALE_SECONDS, partial(self._end, record, Status.FAILED, "The lock has expired."))
        return record

    def _as_recorded(self, upload: Upload) -> Upload:
        """Return what is kept of an upload's words: services have their own."""
        faults = self._world.faults
        if faults.meets("recorded-as-onedeploy", self._name):
            return replace(upload, deployer="OneDeploy", message="OneDeploy")
        if faults.meets("message-dropped", self._name):
            return replace(upload, message="Created via a push deployment")
        return upload

    def stop_running(self, text: str) -> None:
        """End the deployment under way as failed, where there is one."""
        if self.running is not None:
            self._end(self.running, Status.FAILED, text)

    def refuse_later(self, upload: Upload) -> Record:
        """Take note of an upload that is dropped, as another deployment is under way."""
        stamp = self._world.clock.stamp()
        record = Record(id=str(uuid.uuid4()), upload=upload, received=stamp, temporary=False)
        self._end(record, *_ENDINGS["ends-conflict"])
        self.records.insert(0, record)
        return record

    def _go_on(self, record: Record, status: Status, identifier: str) -> None:
        if record.is_over or record.status >= status:
            return
        record.id, record.temporary, record.status = identifier, False, status
        record.log.append((self._world.clock.stamp(), f"Status {status.name.lower()}.", 0))
        if status is Status.DEPLOYING and self._world.faults.meets("scm-restart", self._name):
            self._end(record, Status.FAILED, STOPPED_BY_RESTART)

    def _finish(self, record: Record) -> None:
        faults = self._world.faults
        if record.is_over or faults.meets("never-ends", self._name):
            return
        if faults.meets("left-behind", self._name):
            record.left_behind = True
            return
        ending = next((name for name in _ENDINGS if faults.meets(name, self._name)), "")
        try:
            if ending in {"", "ends-partly"}:
                self._put_in_place(record.upload, record)
        except NotDeployedError as error:
            self._end(record, Status.FAILED, str(error))
            return
        self._end(record, *_ENDINGS.get(ending, (Status.SUCCESS, "")))

    def _end(self, record: Record, status: Status, text: str) -> None:
        if record.is_over or record.left_behind:
            return
        stamp = self._world.clock.stamp()
        record.status, record.text, record.ended = status, text, stamp
        record.log.append((stamp, text or "Deployment successful.", 2 if text else 0))
        seconds = self._world.faults.amount("recycled-later", self._name)
        if seconds is not None:
            self._world.agenda.after(seconds, partial(self._forget, record))

    @staticmethod
    def _forget(record: Record) -> None:
        record.forgotten = True
