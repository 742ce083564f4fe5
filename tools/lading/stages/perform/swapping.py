"""The step that swaps a slot with production: begun once, then asked for until it has ended."""

from __future__ import annotations

from lading.core.deployment.arm_replies import judge_operation
from lading.core.deployment.reactions import Accepted, Again, Look, Refused
from lading.core.deployment.steps import Swap
from lading.edges.azure.asking import Patience
from lading.edges.azure.resource_manager import ResourceManager

# Seconds: Azure warms up every instance of the slot before it swaps.
_ENDS_WITHIN = 600.0


def swap(step: Swap, manager: ResourceManager, patience: Patience) -> Accepted | Look | Refused:
    """Swap a slot with production; where nobody says how it ended, that is for the proof to find.

    It is never begun a second time: that would bring back what production ran before.
    """
    send = lambda: manager.swap_with_production(step.slot)  # noqa: E731 - one call
    begun = patience.ask_arm("swap", send).reaction
    if not isinstance(begun, Accepted) or begun.finished:
        return begun
    started = patience.clock()
    while True:
        reaction = judge_operation(manager.read_operation(begun.location))
        if not isinstance(reaction, Again):
            return reaction
        if patience.clock() - started >= _ENDS_WITHIN:
            minutes = _ENDS_WITHIN / 60
            return Look(text=f"the swap has not ended within {minutes:.0f} min: {reaction.text}")
        if reaction.need == "fresh-token":
            patience.forget()
        patience.sleep(reaction.wait)
