"""Whether a release runs: pieces of evidence, and what they come to together. Never one alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from lading.core.errors import DeploymentFailed, DeploymentUnknown
from lading.core.hosting import Character

# "label": lading.json read back. "deployment": the record of the own one. "functions": those that
# Azure lists. "host": its process and health. "answer": what the app itself says that it runs.
EvidenceKind = Literal["label", "deployment", "functions", "host", "answer"]
Origin = Literal["SCM", "Resource Manager", "the app"]
# What a piece says runs there: the release, what ran before, something else, something that does
# not start; or it says nothing.
Says = Literal["new", "old", "other", "broken", "nothing"]
Verdict = Literal["proven", "contradicted", "unknown"]
NextLook = Literal["enough", "look again", "synchronise"]

_WORDS: dict[EvidenceKind, str] = {
    "label": "its lading.json read back",
    "deployment": "the record of its deployment",
    "functions": "the functions that Azure lists",
    "host": "the age of the host's process",
    "answer": "what the app itself answers",
}
# Those that are about bytes, and so about this release and no other.
_OF_CONTENT: frozenset[EvidenceKind] = frozenset({"label", "answer"})
_WITH_LABEL: frozenset[EvidenceKind] = frozenset({"label"})
_WITH_HOST: frozenset[EvidenceKind] = frozenset({"host"})
_WITH_ANSWER: frozenset[EvidenceKind] = frozenset({"answer"})
_WITH_RECORD: frozenset[EvidenceKind] = frozenset({"deployment", "host"})
_FEWEST_ORIGINS = 2
# For how long a release that is not proven is looked at again, in seconds; and how often.
PROVE_WITHIN = 300.0
LOOK_EVERY = 5.0
# The service synchronises triggers itself, and sometimes does not; then every so many seconds.
_SYNCHRONISE_AFTER = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One piece of evidence: what it says, as a person reads it, and from where it is.

    `pending` tells that it is about to say something else: a host that starts, or that is silent
    where it should answer.
    """

    kind: EvidenceKind
    says: Says
    text: str
    origin: Origin
    pending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What proves a release: all pieces of one of these ways, from more than one origin.

    `alone` says that the app's host and SCM site are closed to this machine: then Resource Manager
    is the one origin that there is.
    """

    ways: tuple[frozenset[EvidenceKind], ...]
    alone: bool = False

    @property
    def words(self) -> str:
        """Return the first way, as a person reads it."""
        order = [kind for kind in _WORDS if kind in self.ways[0]]
        return ", ".join(_WORDS[kind] for kind in order)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the evidence comes to; `runs` says what is known to run there."""

    verdict: Verdict
    runs: Says
    evidence: tuple[Evidence, ...]
    alone: bool = False

    @property
    def exit_code(self) -> int:
        """Return 0 where it is proven, 7 where what ran before runs, 8 for everything else."""
        if self.verdict == "proven":
            return 0
        return DeploymentFailed.exit_code if self.runs == "old" else DeploymentUnknown.exit_code


def demand_of(
    character: Character, *, imported: bool, scm_closed: bool = False, host_closed: bool = False
) -> Demand:
    """Return what proves a release on a plan; `imported` whether its functions are known.

    On Flex nobody can read the package back, so the record, the list and the host stand for it, as
    elsewhere where its label cannot be read. A record that was forgotten is made up for by the
    app's own answer.
    """
    healthy: frozenset[EvidenceKind] = frozenset({"functions" if imported else "host"})
    by_answer = healthy | _WITH_ANSWER
    ways = [healthy | _WITH_RECORD]
    if character == "zip-deploy" and not scm_closed:
        ways = [healthy | _WITH_LABEL, _WITH_LABEL | _WITH_HOST, *ways]
    if not host_closed:
        ways.append(by_answer)
    return Demand(ways=tuple(dict.fromkeys(ways)), alone=scm_closed and host_closed)


def weigh(evidence: Iterable[Evidence], demand: Demand) -> Proof:
    """Return what pieces of evidence come to, one piece of a kind at the most."""
    pieces = tuple(evidence)
    said = {piece.kind: piece.says for piece in pieces}
    runs = _what_runs(said)
    verdict: Verdict = "unknown"
    if runs in {"old", "other", "broken"}:
        verdict = "contradicted"
    elif (
        runs == "new"
        and not _is_held(pieces)
        and any(_is_met(way, pieces, demand) for way in demand.ways)
    ):
        verdict = "proven"
    alone = demand.alone and verdict == "proven"
    return Proof(verdict=verdict, runs=runs, evidence=pieces, alone=alone)


def evidence_document(piece: Evidence) -> dict[str, str]:
    """Return a piece of evidence as JSON has it."""
    return {
        "kind": piece.kind,
        "says": piece.says,
        "text": piece.text,
        "origin": piece.origin,
    }


def next_look(proof: Proof, *, waited: float, since_sync: float) -> NextLook:
    """Return what to do about a proof; seconds since the deployment ended, and the last sync.

    A host that has just been replaced says for a while what is not true any more.
    """
    failed = any(piece.kind == "deployment" and piece.says == "old" for piece in proof.evidence)
    if proof.verdict == "proven" or failed or waited >= PROVE_WITHIN:
        return "enough"
    lags = any(
        piece.kind == "functions" and piece.says in {"nothing", "old"} for piece in proof.evidence
    )
    if lags and waited >= _SYNCHRONISE_AFTER and since_sync >= _SYNCHRONISE_AFTER:
        return "synchronise"
    return "look again"


def _what_runs(said: Mapping[EvidenceKind, Says]) -> Says:
    """Tell what runs; bytes go before everything that only goes along with them."""
    of_content = {says for kind, says in said.items() if kind in _OF_CONTENT} - {"nothing"}
    deployment, host = said.get("deployment", "nothing"), said.get("host", "nothing")
    if len(of_content) > 1:
        # The package is one, and the process that answers is another.
        return "other"
    if of_content and of_content != {"new"}:
        return of_content.pop()
    if deployment == "old" and not of_content:
        return "old"
    if host == "broken":
        return "broken"
    # The package may be there, and a process from before it answers.
    is_new = of_content or (deployment == "new" and host != "old")
    return "new" if is_new else "nothing"


def _is_held(pieces: tuple[Evidence, ...]) -> bool:
    """Say whether the process that runs is not that of the release yet, whatever lies there.

    The label is new with the package, and names of functions are often the same.
    """
    if any(piece.kind == "answer" and piece.says == "new" for piece in pieces):
        return False
    return any(piece.kind == "host" and (piece.pending or piece.says == "old") for piece in pieces)


def _is_met(way: frozenset[EvidenceKind], pieces: tuple[Evidence, ...], demand: Demand) -> bool:
    used = [piece for piece in pieces if piece.kind in way and piece.says == "new"]
    if {piece.kind for piece in used} != way:
        return False
    return demand.alone or len({piece.origin for piece in used}) >= _FEWEST_ORIGINS
