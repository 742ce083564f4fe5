"""Package → app under way: loaded to answer requests, or refused with what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from lading.core.errors import PackageRefused, UsageError
from lading.core.findings import Allowance, Finding, judge
from lading.core.functions import Indexed, NotImported
from lading.core.report import render_finding
from lading.edges.functions import Package
from lading.edges.functions.front import Stage
from lading.edges.functions.process import FunctionsProcess
from lading.stages.import_package import Imported, Proving, judge_import, prepare_import

_NOT_IMPORTED = "Nothing answers before it is imported: serve it again with that mended or given."
_REFUSED = (
    "Azure would not serve it either. What has to pass all the same: allow = [...] of the app."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedApp:
    """An app that answers on its stage until it is closed; `findings` did not forbid it."""

    process: FunctionsProcess
    stage: Stage
    findings: tuple[Finding, ...]

    def close(self) -> None:
        """End the app's process."""
        self.process.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """How packages are loaded to be served: for a Python minor, with what, allowing what.

    `on_log` gets the lines that the app prints and logs, as they come.
    """

    python: str
    proving: Proving
    allow: tuple[Allowance, ...]
    on_log: Callable[[str], None]


def load_app(package: Package, loading: Loading) -> LoadedApp:
    """Load a package to answer requests.

    Raises PackageRefused for what Azure would not start, UsageError where it cannot be loaded here.
    """
    prepared = prepare_import(package, loading.python, loading.proving)
    if isinstance(prepared, Imported):
        _judge(prepared, loading)
        raise _cannot_serve(prepared)
    with ExitStack() as held:
        process = FunctionsProcess(package, prepared.bench, on_log=loading.on_log)
        indexed = held.enter_context(process).indexed
        imported = judge_import(indexed, package, prepared.host)
        findings = _judge(imported, loading)
        if indexed.problem is not None:
            raise _cannot_serve(imported)
        stage = Stage(process, prefix=prepared.host.route_prefix)
        held.pop_all()
    return LoadedApp(process=process, stage=stage, findings=findings)


def _judge(imported: Imported, loading: Loading) -> tuple[Finding, ...]:
    """Return what does not forbid the package; raise PackageRefused where something does."""
    findings = judge(imported.findings, loading.allow)
    # A warning says why an import failed for want of a setting: there is nothing to serve then.
    failed = isinstance(imported.verdict, Indexed) and imported.verdict.problem is not None
    refusing = [finding for finding in findings if failed or finding.refuses]
    if refusing:
        raise PackageRefused(
            "\n".join(map(render_finding, refusing)), remedy=_NOT_IMPORTED if failed else _REFUSED
        )
    return findings


def _cannot_serve(imported: Imported) -> UsageError:
    verdict = imported.verdict
    reason = verdict.reason if isinstance(verdict, NotImported) else "it was not imported"
    return UsageError(
        f"The package cannot be served here: {reason}",
        remedy="It needs the Python that it is for, and Microsoft's runtime library, which is"
        " fetched where the network may be used.",
    )
