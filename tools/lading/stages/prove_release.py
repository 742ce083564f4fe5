"""A release that was brought → its proof: evidence from several places, looked at until enough."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from lading.core.access.asked import Answer
from lading.core.deployment.arm_replies import judge_arm
from lading.core.deployment.evidence import (
    Pool,
    answer_evidence,
    functions_evidence,
    host_evidence,
    labels_evidence,
)
from lading.core.deployment.proof import LOOK_EVERY, Evidence, Proof, next_look, weigh
from lading.core.deployment.reactions import Again, NoAnswer, Reaction, give_up
from lading.core.deployment.release import Package, label_path
from lading.core.deployment.state import (
    ListedFunction,
    SiteState,
    parse_functions,
    parse_host_status,
)
from lading.core.deployment.steps import Prove
from lading.core.documents import as_document, parse_json, text_of
from lading.core.secret import Secret
from lading.core.verification import Label, parse_label
from lading.edges.azure.apps import Azure, Ways
from lading.edges.azure.asking import Heard, Reply
from lading.edges.azure.site_label import read_site_labels

_OK, _NO_KEY = 200, 401
_AT_ONCE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What is to be proven: a step, its package, and where the site is.

    `deployment` is what the record of the own deployment says, None where there was none; `since`
    the time, on the clock, from which on the host's process has to be; `seen` the instances that
    the app had before that, None where nobody told.
    """

    step: Prove
    package: Package
    place: SiteState
    since: float
    deployment: Evidence | None = None
    seen: frozenset[str] | None = None


def prove_release(claim: Claim, ways: Ways, *, azure: Azure) -> Proof:
    """Look until a release is proven, contradicted for good, or five minutes are over."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        witness = _Witness(claim, ways, azure, pool)
        started = synced = azure.clock()
        while True:
            proof = weigh(witness.evidence(), claim.step.demand)
            now = azure.clock()
            match next_look(proof, waited=now - started, since_sync=now - synced):
                case "enough":
                    return proof
                case "synchronise":
                    ways.manager.sync_triggers()
                    synced = now
                case "look again":
                    azure.sleep(LOOK_EVERY)


class _Witness:
    """Asks everybody who can say something about one release."""

    def __init__(self, claim: Claim, ways: Ways, azure: Azure, pool: ThreadPoolExecutor) -> None:
        self._claim = claim
        self._ways = ways
        self._azure = azure
        self._pool = pool
        self._key: Secret | None = None

    def evidence(self) -> tuple[Evidence, ...]:
        """Return what all of them say now."""
        label = self._pool.submit(self._label)
        host = self._pool.submit(self._host)
        listed = parse_functions(parse_json(self._ask(self._ways.manager.read_functions).body))
        answer = self._answer(listed)
        pieces = [self._claim.deployment, label.result(), self._functions(listed)]
        return tuple(filter(None, (*pieces, host.result(), answer)))

    def _label(self) -> Evidence | None:
        place, scm = self._claim.place, self._ways.scm
        if place.site.plan.character != "zip-deploy" or place.closed is not None or scm is None:
            return None
        labels = read_site_labels(scm, from_package=True)
        return labels_evidence(
            labels.named, labels.shown, self._claim.package, before=self._claim.step.before
        )

    def _functions(self, listed: tuple[ListedFunction, ...]) -> Evidence:
        before = self._claim.step.functions_before
        return functions_evidence(listed, self._claim.package, before=before)

    def _host(self) -> Evidence:
        ways, is_closed = self._ways, self._claim.place.host_closed
        elapsed = self._azure.clock() - self._claim.since
        is_pooled = self._claim.place.site.plan.character == "publish"
        pool = Pool(seen=self._claim.seen) if is_pooled else None
        if not is_closed:
            reply = self._with_key(ways.front.read_status)
            status = parse_host_status(reply.body) if isinstance(reply, Answer) else None
            if status is not None:
                return host_evidence(status, deployed=elapsed, pool=pool)
        status = parse_host_status(self._ask(ways.manager.read_host_status).body)
        if status is None and not is_closed:
            return host_evidence(None, deployed=elapsed)
        return host_evidence(status, deployed=elapsed, origin="Resource Manager", pool=pool)

    def _with_key(self, send: Callable[[Secret | None], Reply]) -> Reply:
        reply = send(self._master_key())
        if isinstance(reply, Answer) and reply.status == _NO_KEY:
            # Keys are made anew with the first start of a host.
            self._key = None
            return send(self._master_key())
        return reply

    def _master_key(self) -> Secret | None:
        if self._key is None:
            heard = self._ask(self._ways.manager.read_host_keys)
            key = text_of(as_document(parse_json(heard.body)), "masterKey")
            self._key = Secret(key) if key else None
        return self._key

    def _answer(self, listed: tuple[ListedFunction, ...]) -> Evidence | None:
        """Ask the app itself, where it opted in."""
        if not self._claim.package.answers or self._claim.place.host_closed:
            return None
        path = label_path(listed)
        reply = self._ways.front.read_label(path) if path else NoAnswer(reason="it is not listed")
        label = _label_in(reply)
        content = label.content_sha256 if label else ""
        return answer_evidence(content, self._claim.package, before=self._claim.step.before)

    def _ask(self, send: Callable[[], Reply]) -> Heard:
        """Ask once where a host is behind it: the next look asks again."""

        def judge(reply: Reply) -> Reaction:
            reaction = judge_arm("read", reply)
            needs_token = isinstance(reaction, Again) and reaction.need == "fresh-token"
            return (
                give_up(reaction) if isinstance(reaction, Again) and not needs_token else reaction
            )

        return self._azure.patience.ask(send, judge)


def _label_in(reply: Reply) -> Label | None:
    if not isinstance(reply, Answer) or reply.status != _OK:
        return None
    return parse_label(reply.body.encode())
