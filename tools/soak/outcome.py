"""What a soak found, what is wrong with it, and how it is told."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

# Bytes. The log of access keeps a record of every request that went upstream (about 700 bytes, as
# measured); the rest is what malloc's arenas of a few dozen threads do not give back.
_BYTES_OF_A_RECORD = 1024
_LEFT_BY_MALLOC = 12 << 20
# urllib3 keeps so many idle connections to each of the hosts: an index and a Git host.
_KEPT_CONNECTIONS = 2 * 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """What this process holds: resident bytes, threads and open files."""

    memory: int
    threads: int
    files: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a soak found: `counts` by kind of client ("error: …" for what went wrong)."""

    seconds: float
    counts: Counter[str]
    upstream: int
    idle: Footprint
    warm: Footprint
    end: Footprint

    @property
    def errors(self) -> dict[str, int]:
        """Return what went wrong, and how often."""
        return {what: count for what, count in self.counts.items() if what.startswith("error")}

    @property
    def growth(self) -> int:
        """Return by how many bytes the process grew after the warm-up."""
        return self.end.memory - self.warm.memory

    @property
    def allowed_growth(self) -> int:
        """Return by how many bytes it may have grown."""
        return _LEFT_BY_MALLOC + _BYTES_OF_A_RECORD * self.upstream

    def complaints(self) -> list[str]:
        """Return every reason for which the soak failed."""
        found = [f"{count} x {what}" for what, count in self.errors.items()]
        if not self.counts.total():
            found.append("nobody was served")
        if self.growth > self.allowed_growth:
            found.append(f"memory grew by {_mib(self.growth)}, {_mib(self.allowed_growth)} allowed")
        if self.end.threads > self.idle.threads:
            found.append(f"{self.end.threads - self.idle.threads} threads were left behind")
        if self.end.files > self.idle.files + _KEPT_CONNECTIONS:
            found.append(f"{self.end.files - self.idle.files} files were left open")
        return found


def render_outcome(outcome: Outcome) -> str:
    """Return what was measured, for people."""
    served = {kind: n for kind, n in sorted(outcome.counts.items()) if kind not in outcome.errors}
    requests = served.get("requests", 0)
    runs = ", ".join(f"{count} {kind}" for kind, count in served.items() if kind != "requests")
    idle, warm, end = outcome.idle, outcome.warm, outcome.end
    rate = requests / outcome.seconds
    room = f"{_mib(outcome.allowed_growth)} more are allowed"
    memory = f"idle {_mib(idle.memory)}, warm {_mib(warm.memory)}, end {_mib(end.memory)}"
    lines = [
        f"{outcome.seconds:.0f} s: {requests} requests of raw clients ({rate:.0f}/s); runs: {runs}",
        f"upstream {outcome.upstream} requests after the warm-up",
        f"memory   {memory}; {room}",
        f"threads  idle {idle.threads}, warm {warm.threads}, end {end.threads}",
        f"files    idle {idle.files}, warm {warm.files}, end {end.files}",
        f"errors   {sum(outcome.errors.values())}",
    ]
    return "\n".join([*lines, *(f"  {complaint}" for complaint in outcome.complaints())])


def _mib(size: int) -> str:
    return f"{size / (1 << 20):.1f} MiB"
