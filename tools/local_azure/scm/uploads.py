"""A package on its way in: read to its end, or not, and what was said with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from cheroot.errors import FatalSSLAlert

from local_azure.answers import Answer, RefusedAnswer, text_answer
from local_azure.asked import Asked
from local_azure.sites.deployments import Upload
from local_azure.sites.site import Site


class SilenceError(FatalSSLAlert):
    """Ends a connection without an answer: the server takes it for a client that went away."""


def receive(asked: Asked, site: Site) -> Path:
    """Read a package to a file; the connection ends in its middle where that is the fault."""
    cut = site.world.faults.meets("upload-cut", site.name)

    def chunks() -> Iterator[bytes]:
        for chunk in asked.chunks():
            if cut:
                raise SilenceError
            yield chunk

    return site.packages.receive(chunks())


def drain(asked: Asked) -> None:
    """Read a body that nobody wants: the verdict on an upload comes when all of it is there."""
    for _ in asked.chunks():
        pass


def refuse_early(asked: Asked, text: str) -> RefusedAnswer:
    """Return a refusal that is sent while the body is still on its way; then that is read."""
    body = asked.environ["wsgi.input"]
    # The server reads what is left of a body before it answers, unless it knows of none.
    left, body.remaining = getattr(body, "remaining", 0), 0

    def read_the_rest() -> None:
        body.remaining = left
        drain(asked)

    return RefusedAnswer(replace(text_answer(text, 409), afterwards=read_the_rest))


def said_with(asked: Asked, package: Path, *, usual_build: str = "") -> Upload:
    """Return a package with what the query says of it; `usual_build` where it says none of that."""
    query = asked.query
    return Upload(
        package=package,
        author=query.get("author", "N/A"),
        deployer=query.get("deployer", "Push-Deployer"),
        message=query.get("message", "Created via a push deployment"),
        remote_build=is_true(query.get("remotebuild", usual_build)),
    )


def is_true(text: str) -> bool:
    """Say whether a parameter is set."""
    return text.lower() == "true"


def after_acceptance(site: Site, answer: Answer) -> Answer:
    """Return the answer to an upload that was taken, which may get lost on its way."""
    if site.world.faults.meets("reply-lost", site.name):
        raise SilenceError
    if site.world.faults.meets("gateway-timeout", site.name):
        return text_answer("The request timed out.\n", 504)
    return answer
