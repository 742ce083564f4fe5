"""Asking Azure until it has said what it means: again as often, and as late, as core wants it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lading.core.access.asked import Answer
from lading.core.deployment.arm_replies import Operation, judge_arm
from lading.core.deployment.reactions import (
    Accepted,
    Again,
    Look,
    NoAnswer,
    Reaction,
    Refused,
    give_up,
)

Reply = Answer | NoAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The last reply, and what it means in the end."""

    reply: Reply
    reaction: Accepted | Look | Refused

    @property
    def body(self) -> str:
        """Return what a good reply holds, "" for any other."""
        good = isinstance(self.reaction, Accepted) and isinstance(self.reply, Answer)
        return self.reply.body if good and isinstance(self.reply, Answer) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Whoever asks again. `clock` counts seconds, `forget` drops tokens that were refused.

    One that never `waits` asks again only where that can be done at once.
    """

    clock: Callable[[], float]
    sleep: Callable[[float], None]
    forget: Callable[[], None]
    waits: bool = True

    def ask_arm(self, operation: Operation, send: Callable[[], Reply]) -> Heard:
        """Ask Resource Manager, and ask again where its reply says so."""
        return self.ask(send, lambda reply: judge_arm(operation, reply))

    def ask(
        self,
        send: Callable[[], Reply],
        judge: Callable[[Reply], Reaction],
        *,
        meet: Callable[[Again], Accepted | Refused | None] | None = None,
    ) -> Heard:
        """Ask until the reply is no `Again` any more, or that has led nowhere.

        `meet` brings about what has to be so before the same is asked again; where it returns
        something, that is the end.
        """
        begun: dict[str, float] = {}
        tries: dict[str, int] = {}
        while True:
            reply = send()
            reaction = judge(reply)
            if not isinstance(reaction, Again):
                return Heard(reply=reply, reaction=reaction)
            if reaction.wait and not self.waits:
                return Heard(reply=reply, reaction=give_up(reaction, waited=False))
            now = self.clock()
            waited = now - begun.setdefault(reaction.code, now)
            tries[reaction.code] = tries.get(reaction.code, 0) + 1
            if tries[reaction.code] > reaction.at_most or waited > reaction.patience:
                return Heard(reply=reply, reaction=give_up(reaction, waited=self.waits))
            self.sleep(reaction.wait)
            if reaction.need == "fresh-token":
                self.forget()
            met = meet(reaction) if meet is not None else None
            if met is not None:
                return Heard(reply=reply, reaction=met)
