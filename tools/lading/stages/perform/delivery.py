"""The steps that bring a package: upload, keep and pull, and the look whether it was taken."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from lading.core.access.asked import Answer
from lading.core.deployment.keeping import judge_keeping
from lading.core.deployment.reactions import Accepted, Again, Look, Refused, after_look
from lading.core.deployment.release import Package
from lading.core.deployment.scm_records import DeploymentRecord, Listed, listed_of, marker_of
from lading.core.deployment.steps import KeepPackage, PullPackage, Upload
from lading.core.deployment.uploads import judge_upload
from lading.core.secret import Secret
from lading.edges.azure.apps import Azure
from lading.edges.azure.asking import Heard, Reply
from lading.edges.azure.packages import KeptPackages
from lading.edges.azure.resource_manager import ResourceManager
from lading.edges.azure.scm import Parcel
from lading.edges.http import TransferError
from lading.edges.terminal import Transfer
from lading.stages.perform.room import Ration
from lading.stages.perform.scm_site import ScmSite

# A deployment that pulls begins at once, and fetches the package within its first minutes.
_SIGNED_FOR = dt.timedelta(hours=1)
_GOOD = Answer(status=200)
_MISSING = 404
# Seconds, and bytes in each more: an upload that is slower than that is given up.
_SENT_WITHIN, _SLOWEST = 600.0, 32 * 1024
REPLACED = Refused(
    code="package-replaced",
    text="the package on this disk is not the one any more that was planned for",
    remedy="Something built it anew meanwhile. Deploy again: that one is looked at then.",
)
_UNREAD = Refused(
    code="deployments-unread",
    text="Resource Manager does not tell which deployments there are",
    remedy="Deploy again later: without that nobody could tell the own one from an earlier one.",
)
_UNSIGNED = Refused(
    code="container-unsigned",
    text="no URL could be signed to pull the package from",
    remedy="Grant the identity that deploys Storage Blob Delegator on the storage account.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A package that was taken, or for all that is known may have been.

    Its deployment is known by `marker`, by `id` where one was told, or as the one that is new since
    `before`, None where nobody told what was there. `since` is the time, on the clock, from which
    on the app may run it.
    """

    since: float
    marker: str = ""
    id: str = ""
    before: Listed | None = None
    doubt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carriage:
    """By what a package is sent, and how often it may be."""

    azure: Azure
    transfer: Transfer
    ration: Ration


def is_as_planned(package: Package) -> bool:
    """Say whether a package still lies there as it was when it was planned for."""
    try:
        with Path(package.path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == package.sha256
    except OSError:
        return False


class Uploader:
    """Sends a package to an SCM site; never a second time before it has looked."""

    def __init__(self, site: ScmSite, package: Package, means: Carriage) -> None:
        azure, transfer = means.azure, means.transfer
        self._ration = means.ration
        self._site = site
        self._package = package
        self._azure = azure
        self._transfer = transfer

    def send(self, step: Upload) -> Sent | Refused:
        """Send it until it was taken, refused for good, or nobody can say."""
        marker = marker_of(self._package.content_sha256, secrets.token_hex(4))
        before, asked = self._site.listed(), 0
        while True:
            if (refused := self._refusal()) is not None:
                return refused
            began = self._azure.clock()
            reaction = self._ask(step, marker).reaction
            if isinstance(reaction, Refused):
                return reaction
            sent = Sent(since=began, marker=marker, before=before)
            if isinstance(reaction, Accepted):
                # Where it was all done within the request, the app may run it since then.
                since = began if reaction.finished else self._azure.clock()
                return replace(sent, since=since, id=reaction.id)
            self._ration.may_be_there = True
            self._azure.sleep(reaction.wait)
            found = self._site.look_for(marker, before=before)
            if isinstance(found, DeploymentRecord):
                return replace(sent, id="" if found.temporary else found.id)
            if found or after_look(reaction, found=False, asked=asked) == "unknown":
                return replace(sent, doubt=reaction.text)
            self._ration.may_be_there = False
            asked += 1
            refused = self._site.await_ready()
            if refused is not None:
                return refused

    def _ask(self, step: Upload, marker: str) -> Heard:
        parcel = Parcel(path=Path(step.path), character=step.character, message=marker)

        def send() -> Reply:
            self._ration.take()
            with self._transfer(f"Uploading {step.path}", step.size) as tell:
                began = self._azure.clock()

                def told(count: int) -> None:
                    # Ends it where somebody has said stop.
                    self._azure.sleep(0.0)
                    if self._azure.clock() - began > _SENT_WITHIN + step.size / _SLOWEST:
                        raise TransferError(self._site.scm.origin, "it takes too long (time limit)")
                    tell(count)

                return self._site.scm.upload(parcel, told)

        return self._azure.patience.ask(
            send,
            lambda reply: judge_upload(step.character, reply),
            meet=lambda again: self._meet(again, marker),
        )

    def _meet(self, again: Again, marker: str) -> Accepted | Refused | None:
        """Bring about what has to be so before the package is sent again."""
        match again.need:
            case "ready-scm":
                return self._site.await_ready()
            case "fresh-token":
                # It finds out which of the tokens is taken.
                self._site.scm.list_deployments()
            case "free-scm":
                self._site.await_free(again.patience)
            case "nothing":
                pass
        found = self._site.find(marker)
        if found is not None:
            return Accepted(id=found.id)
        return self._refusal()

    def _refusal(self) -> Refused | None:
        """Return what keeps the package from being sent, now or once more."""
        if self._site.character == "zip-deploy" and self._ration.is_used_up:
            return self._ration.refusal()
        return None if is_as_planned(self._package) else REPLACED


@dataclass(frozen=True, slots=True, kw_only=True)
class Puller:
    """Keeps a package in a container, and has Resource Manager tell an app to pull it."""

    manager: ResourceManager
    azure: Azure
    transfer: Transfer
    open_container: Callable[[str], KeptPackages]

    def keep(self, step: KeepPackage) -> Accepted | Look | Refused:
        """Put a package into its container."""
        container = self.open_container(step.container)

        def send() -> Reply:
            with self.transfer(f"Keeping {step.path}", step.size) as tell:
                return container.store(step.blob, Path(step.path), tell)

        judge = lambda reply: judge_keeping(reply, container=step.container)  # noqa: E731 - one call
        return self.azure.patience.ask(send, judge).reaction

    def pull(self, step: PullPackage) -> Sent | Refused:
        """Have the app pull it; where no answer came, look whether a deployment has begun."""
        url = self._sign(step)
        if isinstance(url, Refused):
            return url
        before = self.listed()
        if before is None:
            return _UNREAD
        began = self.azure.clock()
        send = lambda: self.manager.publish_from_url(url)  # noqa: E731 - one call
        reaction = self.azure.patience.ask_arm("onedeploy", send).reaction
        match reaction:
            case Refused():
                return reaction
            case Accepted(finished=True):
                return Sent(since=began, before=before)
            case Accepted():
                return Sent(since=self.azure.clock(), before=before)
            case Look():
                return Sent(since=began, before=before, doubt=reaction.text)

    def listed(self) -> Listed | None:
        """Return the deployments that Resource Manager knows; None where it does not tell."""
        heard = self.azure.patience.ask_arm("read", self.manager.read_deployments)
        if not isinstance(heard.reply, Answer):
            return None
        # A site that was never deployed to may know of no deployments at all.
        is_told = isinstance(heard.reaction, Accepted) or heard.reply.status == _MISSING
        return listed_of(heard.reply) if is_told else None

    def _sign(self, step: PullPackage) -> Secret | Refused:
        container = self.open_container(step.container)
        signed: list[Secret] = []

        def send() -> Reply:
            told = container.sign(step.blob, lasting=_SIGNED_FOR)
            if isinstance(told, Secret):
                signed.append(told)
                return _GOOD
            return told

        judge = lambda reply: judge_keeping(reply, container=step.container)  # noqa: E731 - one call
        reaction = self.azure.patience.ask(send, judge).reaction
        if signed:
            return signed[-1]
        return reaction if isinstance(reaction, Refused) else _UNSIGNED
