"""A Function App at its own address: its host's status, and what the app says that it runs."""

from __future__ import annotations

from dataclasses import replace

from lading.core.access.asked import Answer
from lading.core.deployment.reactions import NoAnswer
from lading.core.secret import Secret
from lading.edges.http import Http, Request, TimeLimits, TransferError

Reply = Answer | NoAnswer

# Bytes; and seconds, as an app that starts with a large package takes its time.
_LARGEST_ANSWER = 256 * 1024
_ASKING = TimeLimits(connect=10.0, read=45.0, whole=60.0)


class AppFront:
    """The address of one app or slot, by the name of its host."""

    def __init__(self, host: str, *, http: Http) -> None:
        self._origin = f"https://{host}"
        self._http = http

    def read_status(self, key: Secret | None) -> Reply:
        """Ask the host how it is; without the master key it says no more than that it is there."""
        if key is None:
            return self._ask(Request(url=f"{self._origin}/admin/host/ping"))
        # In a header: URLs get into logs.
        headers = {"x-functions-key": key.reveal()}
        return self._ask(Request(url=f"{self._origin}/admin/host/status", headers=headers))

    def read_label(self, path: str) -> Reply:
        """Ask the app what it runs, at a path of its own and without any key."""
        return self._ask(Request(url=f"{self._origin}/{path.lstrip('/')}"))

    def _ask(self, request: Request) -> Reply:
        confined = replace(request, confined_to=f"{self._origin}/", limits=_ASKING)
        try:
            with self._http.open(confined) as response:
                return Answer(
                    status=response.status,
                    headers={name.lower(): value for name, value in response.headers.items()},
                    body=response.read(limit=_LARGEST_ANSWER).decode("utf-8", "replace"),
                    reason=response.reason,
                )
        except TransferError as error:
            return NoAnswer(reason=error.reason)
