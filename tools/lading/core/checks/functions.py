"""What is wrong with the functions of a package, by what Microsoft's runtime library said of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lading.core.checks.routes import check_routes
from lading.core.checks.timers import check_timers
from lading.core.checks.wants import explain_by_want
from lading.core.findings import Finding
from lading.core.functions import FunctionFacts, ImportProblem, Indexed
from lading.core.functions.crash import CRASHED
from lading.core.functions.host import HostFile

# What the host itself does without any extension (azure-functions-host).
_BUILT_IN = frozenset({"httptrigger", "http", "timertrigger", "warmuptrigger"})


def check_indexed(
    indexed: Indexed, host: HostFile, *, own_extensions: bool = False
) -> tuple[Finding, ...]:
    """Find what keeps the functions of a package from being found or started.

    `own_extensions` says that the package brings its binding extensions itself.
    """
    if indexed.problem is not None:
        return (_import_finding(indexed.problem),)
    if not indexed.functions:
        return (no_functions(_NOTHING_REGISTERED),)
    needs_bundle = not host.bundle and not own_extensions
    return (
        *check_routes(indexed.functions, host),
        *check_timers(indexed.functions),
        *(_check_bundle(indexed.functions) if needs_bundle else ()),
    )


_NOTHING_REGISTERED = (
    "it was imported without an error, and has no functions: Azure would answer 404 to everything"
)


def no_functions(evidence: str) -> Finding:
    """Return the finding of a package without functions."""
    return Finding(
        code="no-functions",
        severity="error",
        subject="the app's own files",
        evidence=evidence,
        remedy="Give function_app.py an app = func.FunctionApp() with functions, and register its"
        " blueprints: app.register_functions(blueprint). Apps of the v1 model have a folder with a"
        " function.json for each function.",
    )


def host_file(name: str, evidence: str, *, line: int = 0) -> Finding:
    """Return the finding of a file that the host reads before any app, and cannot."""
    return Finding(
        code="host-file",
        severity="error",
        subject=name,
        line=line,
        evidence=evidence,
        remedy="Correct it: the Functions host would not start the app.",
    )


def _import_finding(problem: ImportProblem) -> Finding:
    want = explain_by_want(problem)
    said = f"{problem.error}: {problem.message}" if problem.message else problem.error
    return Finding(
        code="import-needs-setting" if want else "import-error",
        severity="warning" if want else "error",
        subject=problem.file or "the app's own files",
        line=problem.line if problem.file else 0,
        evidence=f"{said} ({want.what})" if want else said,
        remedy=want.remedy if want else _remedy(problem),
    )


def _remedy(problem: ImportProblem) -> str:
    if problem.module:
        top = problem.module.partition(".")[0]
        return (
            f"Add the distribution that has {top} to the requirements; where it is your own file,"
            " see that .funcignore does not leave it out."
        )
    if problem.error == CRASHED:
        return "Ask for another version of the package with this native module, or do without it."
    return "Azure would find no function. Correct it there, and build again."


def _check_bundle(functions: Iterable[FunctionFacts]) -> Iterator[Finding]:
    wanting = {
        binding.type: function.name
        for function in functions
        for binding in function.bindings
        if binding.type.lower() not in _BUILT_IN
    }
    if wanting:
        shown = ", ".join(f"{kind} of {name}" for kind, name in sorted(wanting.items()))
        yield Finding(
            code="extension-bundle",
            severity="error",
            subject="host.json",
            evidence=f"there is no extensionBundle, and {shown} is not known without one",
            remedy='Add to host.json: "extensionBundle": {"id":'
            ' "Microsoft.Azure.Functions.ExtensionBundle", "version": "[4.*, 5.0.0)"}',
        )
