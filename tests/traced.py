"""Runs a program under strace and tells where it, and everything that it started, connected to."""

from __future__ import annotations

import ipaddress
import os
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support import leave_out

_CALLS = "trace=connect,sendto,sendmsg,sendmmsg"
_ADDRESS = re.compile(
    r"sin6?_port=htons\((?P<port>\d+)\).*?"
    r'(?:inet_addr\("(?P<v4>[^"]+)"\)|inet_pton\(AF_INET6, "(?P<v6>[^"]+)")'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """How a program ended, and the addresses (IP, port) to which anything was sent."""

    code: int
    output: str
    connections: frozenset[tuple[str, int]]

    @property
    def elsewhere(self) -> tuple[tuple[str, int], ...]:
        """Return the addresses that are not on this machine."""
        return tuple(
            sorted(
                (address, port)
                for address, port in self.connections
                if not ipaddress.ip_address(address).is_loopback
            )
        )


def run_traced(
    command: Sequence[str], *, environment: Mapping[str, str], folder: Path, timeout: float = 240
) -> Traced:
    """Run a program to its end under strace, which must be there; `timeout` is in seconds.

    Whoever is not root sees no arguments of a process that protects itself, as lading does.
    """
    if os.geteuid() != 0:
        leave_out("only root's strace sees into a process that protects itself")
    with tempfile.TemporaryDirectory() as scratch:
        trace = Path(scratch, "trace")
        options = ("-f", "-qq", "-e", _CALLS, "-e", "signal=none", "-o", trace)
        finished = subprocess.run(
            ["strace", *options, "--", *command],
            env=dict(environment),
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )
        found = _ADDRESS.finditer(trace.read_text(encoding="utf-8", errors="replace"))
        return Traced(
            code=finished.returncode,
            output=finished.stdout + finished.stderr,
            connections=frozenset((hit["v4"] or hit["v6"], int(hit["port"])) for hit in found),
        )
