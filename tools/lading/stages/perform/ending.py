"""How the own deployment ends: asked for until it has, and looked for where it is forgotten."""

from __future__ import annotations

from dataclasses import replace

from lading.core.access.asked import Answer
from lading.core.deployment.reactions import wait_of
from lading.core.deployment.scm_records import (
    DeploymentRecord,
    parse_log,
    parse_record,
)
from lading.core.deployment.scm_verdicts import (
    ENDS_WITHIN,
    POLL_EVERY,
    Failed,
    PollVerdict,
    Retryable,
    Running,
    Unknown,
    Watch,
    explain_failure,
    judge_poll,
    judge_record,
)
from lading.core.documents import parse_json
from lading.edges.azure.asking import Patience, Reply
from lading.edges.terminal import Progress
from lading.stages.perform.delivery import Puller, Sent
from lading.stages.perform.scm_site import ScmSite

# Seconds: so long after a package was accepted its deployment may not be in the list yet.
_BEGINS_WITHIN = 60.0
# Seconds: an SCM site that answers nothing for so long says nothing more of a deployment.
_SILENT_FOR = 300.0
_TOLD_BY, _WANTS_PEACE = frozenset({200, 202, 404}), frozenset({406, 429, 503})
# Lines of a deployment's log that are worth being shown.
_TOLD = 10


def await_upload(site: ScmSite, sent: Sent, progress: Progress) -> PollVerdict:
    """Return how the deployment of an upload has ended; Unknown where nobody can say any more."""
    patience, character = site.patience, site.character
    known = None if sent.before is None else sent.before.ids
    watch = Watch(character=character, marker=sent.marker, id=sent.id, known=known)
    started = heard = patience.clock()
    while True:
        reply = site.scm.read_deployment(watch.id or "latest")
        heard = patience.clock() if _is_told(reply) else heard
        verdict = judge_poll(watch, reply)
        record = parse_record(parse_json(reply.body)) if isinstance(reply, Answer) else None
        if isinstance(verdict, Unknown):
            record = site.find(watch.marker, known=watch.id, before=sent.before)
            if record is not None:
                verdict = judge_record(watch, record)
            elif _may_begin(watch, sent, patience.clock() - started):
                verdict = Running(text=verdict.text)
        if isinstance(verdict, Failed | Retryable):
            return _explained(site, verdict, record, progress)
        if not isinstance(verdict, Running):
            return verdict
        seconds = patience.clock() - started
        if seconds >= ENDS_WITHIN:
            return Unknown(text=f"the deployment is still under way after {seconds / 60:.0f} min")
        if patience.clock() - heard >= _SILENT_FOR:
            minutes = _SILENT_FOR / 60
            return Unknown(
                text=f"its SCM site has said nothing for {minutes:.0f} min: {verdict.text}"
            )
        if verdict.needs_token:
            patience.forget()
        watch = _identified(watch.after(verdict, seconds=seconds), record)
        patience.sleep(_pause_after(reply, POLL_EVERY[character]))


def await_pull(puller: Puller, sent: Sent, patience: Patience) -> PollVerdict:
    """Return how a deployment has ended of which only Resource Manager knows."""
    started = patience.clock()
    while True:
        listed = puller.listed()
        news = listed.since(sent.before) if listed is not None and sent.before is not None else ()
        verdict = _judge_pulled(news)
        if not isinstance(verdict, Running):
            return verdict
        seconds = patience.clock() - started
        begins = bool(news) or (listed is not None and listed.is_any_coming)
        if not begins and seconds >= _BEGINS_WITHIN:
            return Unknown(text=sent.doubt or "Resource Manager knows of no deployment that began")
        if seconds >= ENDS_WITHIN:
            return Unknown(text=f"the deployment is still under way after {seconds / 60:.0f} min")
        patience.sleep(POLL_EVERY["zip-deploy"])


def _judge_pulled(news: tuple[DeploymentRecord, ...]) -> PollVerdict:
    """Judge the one deployment that began; of several nobody says which is the own one."""
    match news:
        case ():
            return Running(text="it has not begun yet")
        case (record,):
            return judge_record(Watch(character="publish", marker="", id=record.id), record)
        case _:
            return Unknown(text=f"{len(news)} deployments began at the same time")


def _is_told(reply: Reply) -> bool:
    """Say whether an SCM site has answered, be it that it knows nothing."""
    return isinstance(reply, Answer) and reply.status in _TOLD_BY


def _pause_after(reply: Reply, usual: float) -> float:
    """Return for how long to leave an SCM site alone, where it is that which it wants."""
    wants = isinstance(reply, Answer) and reply.status in _WANTS_PEACE
    return wait_of(reply.headers, usual) if wants and isinstance(reply, Answer) else usual


def _may_begin(watch: Watch, sent: Sent, seconds: float) -> bool:
    """Say whether a package that was certainly taken may have no record of its own yet."""
    return not sent.doubt and not watch.seen and seconds < _BEGINS_WITHIN


def _identified(watch: Watch, record: DeploymentRecord | None) -> Watch:
    """Return the watch with the id of the own record, once that has a lasting one."""
    if watch.id or record is None or record.temporary or watch.marker not in record.message:
        return watch
    # App Service answers for `latest` alone while it works; by its id it hides the status.
    return watch if watch.character == "zip-deploy" else replace(watch, id=record.id)


def _explained(
    site: ScmSite,
    verdict: Failed | Retryable,
    record: DeploymentRecord | None,
    progress: Progress,
) -> PollVerdict:
    """Return a failure with what its log says of it; a log that is missing changes nothing."""
    if record is None or not record.id:
        return verdict
    reply = site.scm.read_log(record.id)
    lines = parse_log(reply.body) if isinstance(reply, Answer) else ()
    errors = [line.text for line in lines if line.level == "error"]
    for text in errors[-_TOLD:]:
        progress.note(f"  | {text}")
    return explain_failure(record, " ".join(errors))
