"""What an app logs, as it comes: SCM of App Service sends it until the site restarts."""

from __future__ import annotations

import time
from collections.abc import Iterator

from local_azure.answers import Answer
from local_azure.asked import Asked
from local_azure.sites.site import Site

_LOOK = 0.05
# Looks without anything new after which it says so: the real one does that every minute.
_QUIET = 20


def follow_log(_asked: Asked, site: Site) -> Answer:
    """GET of logstream."""
    return Answer(kind="text/plain; charset=utf-8", stream=_lines(site))


def _lines(site: Site) -> Iterator[bytes]:
    stamp = site.world.clock.stamp()
    yield f"{stamp}  Welcome, you are now connected to log-streaming service.\n".encode()
    place, quiet, ends = 0, 0, site.ends
    while site.ends == ends:
        new = site.log[place:]
        place += len(new)
        for line in new:
            yield f"{site.world.clock.stamp()} {line}\n".encode()
        quiet = 0 if new else quiet + 1
        if quiet >= _QUIET:
            quiet = 0
            yield f"{site.world.clock.stamp()}  No new trace in the past 1 min(s).\n".encode()
        time.sleep(_LOOK)
