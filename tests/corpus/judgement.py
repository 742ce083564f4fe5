"""What must be said of an app of the corpus, held against what was said."""

from __future__ import annotations

from tests.corpus.case import Broken, Refusal
from tests.corpus.workbench import Outcome


def complaints(case: Broken, outcome: Outcome) -> list[str]:
    """Return what is not as it must be in the outcome of a broken app."""
    if isinstance(case.gives, Refusal):
        wanted: tuple[str, ...] = ()
        exit_code = case.gives.exit_code
    else:
        wanted = case.gives
        exit_code = 6 if any(one.startswith("error") for one in wanted) else 0
    found = [] if outcome.found == wanted else [f"found {outcome.found}, and not {wanted}"]
    if outcome.exit_code != exit_code:
        found.append(f"ended with {outcome.exit_code}, and not with {exit_code}")
    if isinstance(case.gives, Refusal) and case.gives.says not in outcome.text:
        found.append(f"does not say {case.gives.says!r}")
    if outcome.mute:
        found.append(f"says neither why nor what to do: {outcome.mute}")
    if "Traceback" in outcome.text:
        found.append("shows a traceback")
    return found
