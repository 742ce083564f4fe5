"""What is checked for the worker's sake: libraries of which it needs its own version."""

from __future__ import annotations

from collections.abc import Iterable

from lading.core.findings import Finding
from lading.core.runtimes import Runtime

_ISOLATES_SINCE = (3, 13)
# The worker speaks to its host with these.
_SPEAKS_WITH = ("grpcio", "protobuf")
_WORKER = "azure-functions-worker"


def check_worker(distributions: Iterable[str], runtime: Runtime) -> tuple[Finding, ...]:
    """Find distributions that replace, or come beside, what the worker itself runs with."""
    present = frozenset(distributions)
    isolates = runtime.minor >= _ISOLATES_SINCE
    found = [_beside(name, runtime, isolates=isolates) for name in _SPEAKS_WITH if name in present]
    if _WORKER in present:
        found.append(
            Finding(
                code="worker-shadowed",
                severity="warning" if isolates else "error",
                subject=_WORKER,
                evidence="it is the program that runs the app, and Azure has its own",
                remedy=f"Take {_WORKER} out of the requirements; apps need azure-functions.",
            )
        )
    return tuple(found)


def _beside(name: str, runtime: Runtime, *, isolates: bool) -> Finding:
    if isolates:
        return Finding(
            code="worker-shadowed",
            severity="warning",
            subject=name,
            evidence=f"the worker of Python {runtime.python} has its own {name}, and both are"
            " loaded into one process",
            remedy="Nothing, if it works; a crash at the start (exit code 139) has this cause.",
        )
    return Finding(
        code="worker-shadowed",
        severity="error",
        subject=name,
        evidence=f"the worker of Python {runtime.python} imports this {name} in place of its own",
        remedy="Set PYTHON_ISOLATE_WORKER_DEPENDENCIES = 1 on the Function App and allow this,"
        " move to Python 3.13, or do without it.",
    )
