"""The hosts of one run together: started, brought back and stopped as one."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from local_sources.faults import Elsewhere
from local_sources.hosts import Host


class Neighbourhood:
    """Hosts, two of which are no good: `other` is somebody else's, `plain` the same without TLS."""

    def __init__(self, hosts: Iterable[Host], *, other: Host, plain: Host) -> None:
        self.hosts = tuple(hosts)
        self._other = other
        self._plain = plain

    def start(self) -> None:
        """Start every host, and tell each to where a bad one sends its clients."""
        for host in self.hosts:
            host.start()
        elsewhere = Elsewhere(
            http=self._plain.origin,
            port=self._other.origin,
            host=self._other.origin.replace("localhost", "127.0.0.1"),
        )
        for host in self.hosts:
            host.elsewhere = elsewhere

    def restore(self) -> None:
        """Let every host answer, and answer well."""
        for host in self.hosts:
            host.heal()
            host.start()

    def stop(self) -> None:
        """Stop every host."""
        stop_all(self.hosts)


def stop_all(hosts: Iterable[Host]) -> None:
    """Stop hosts at once: each looks only twice a second whether it is to stop."""
    stopping = tuple(hosts)
    with ThreadPoolExecutor(max(len(stopping), 1)) as pool:
        tuple(pool.map(Host.stop, stopping))
