"""What the container of a target answers: can packages be kept there, and pulled from there."""

from __future__ import annotations

from dataclasses import dataclass

from lading.core.access.asked import Answer
from lading.core.deployment.keeping import judge_keeping
from lading.core.deployment.reactions import Accepted, NoAnswer
from lading.core.diagnosis import Check, count_of, good
from lading.core.diagnosis.roles import Role, role_on_account, role_on_container, tell_grant
from lading.core.errors import DeploymentFailed
from lading.core.secret import Secret

# What a firewall says; whoever lacks a role is told AuthorizationPermissionMismatch.
_FIREWALL = "AuthorizationFailure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """A container, by its URL; `who` is the identity's object id, "" where nobody knows it.

    `pulled` says that a deployment goes by way of it, and does not only leave a copy there.
    """

    container: str
    who: str
    pulled: bool

    def judge_listing(self, names: tuple[str, ...] | Answer | NoAnswer) -> Check:
        """Return whether the packages there can be listed."""
        if not isinstance(names, tuple):
            return self._refused("copies", names, role_on_container(self.container))
        text = f"{count_of(len(names), 'package')} in {self.container}"
        return good("copies", f"{text}; whether it takes more, only a deployment shows")

    def judge_signing(self, url: Secret | Answer | NoAnswer) -> Check:
        """Return whether URLs can be signed by which the platform pulls a package."""
        if not isinstance(url, Secret):
            return self._refused("signed URLs", url, role_on_account(self.container))
        return good("signed URLs", "the identity may sign them")

    def _refused(self, subject: str, reply: Answer | NoAnswer, role: Role) -> Check:
        judged = judge_keeping(reply, container=self.container)
        if isinstance(judged, Accepted):
            return good(subject, self.container)
        remedy = judged.remedy
        is_firewall = isinstance(reply, Answer) and _FIREWALL in f"{reply.reason} {reply.body}"
        if judged.code == "container-role" and not is_firewall:
            remedy = tell_grant(role, self.who)
        return Check(
            subject=subject,
            verdict="wrong" if self.pulled else "risk",
            text=judged.text,
            remedy=remedy,
            code=judged.code,
            exit_code=DeploymentFailed.exit_code if self.pulled else 0,
        )
