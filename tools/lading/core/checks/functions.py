"""What is wrong with the functions of a package, by what Microsoft's runtime library said of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lading.core.checks.routes import check_routes
from lading.core.findings import Finding
from lading.core.functions import FunctionFacts, ImportProblem, Indexed, Raised
from lading.core.functions.crash import CRASHED
from lading.core.functions.host import HostFile

# What the host itself does without any extension (azure-functions-host).
_BUILT_IN = frozenset({"httptrigger", "http", "timertrigger", "warmuptrigger"})
# Libraries whose errors say that a setting is missing, by the beginning of a class's full name.
_SETTING_LIBRARIES = (
    "decouple.UndefinedValueError",
    "dynaconf.",
    "environs.",
    "environ.exceptions.",
    "configparser.",
    "django.core.exceptions.ImproperlyConfigured",
)
_SETTING_FRAMES = ("pydantic_settings/", "pydantic/env_settings", "starlette/config.py")
_CREDENTIAL_ERRORS = (
    "azure.identity.",
    "azure.core.exceptions.ClientAuthenticationError",
    "botocore.exceptions.NoCredentialsError",
    "google.auth.exceptions.DefaultCredentialsError",
)
_NETWORK_ERRORS = frozenset(
    {
        "socket.gaierror",
        "builtins.ConnectionError",
        "requests.exceptions.ConnectionError",
        "urllib3.exceptions.NewConnectionError",
        "httpx.ConnectError",
        "aiohttp.client_exceptions.ClientConnectorError",
        "azure.core.exceptions.ServiceRequestError",
        "redis.exceptions.ConnectionError",
    }
)
_NETWORK_WORDS = ("Network is unreachable", "name resolution", "Name or service not known")
# These say something of the code or of what is installed, whatever value was missing before.
_NEVER_A_VALUE = frozenset({"builtins.SyntaxError", "builtins.NameError", "builtins.ImportError"})
_GIVE_SETTINGS = (
    "Give it for the check: --settings FILE, with lines NAME=VALUE or a local.settings.json, or"
    " settings = [...] of the target. Better: ask for it when a function runs, not at import."
)


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


def explain_by_setting(problem: ImportProblem) -> str | None:
    """Return which setting, credential or connection an import wanted, None where it was none."""
    if problem.module:
        return None
    for raised in problem.chain:
        if told := _told_by_library(raised):
            return told
    return _told_by_app(problem)


def _import_finding(problem: ImportProblem) -> Finding:
    wanted = explain_by_setting(problem)
    said = f"{problem.error}: {problem.message}" if problem.message else problem.error
    return Finding(
        code="import-needs-setting" if wanted else "import-error",
        severity="warning" if wanted else "error",
        subject=problem.file or "the app's own files",
        line=problem.line if problem.file else 0,
        evidence=f"{said}{f' ({wanted})' if wanted else ''}",
        remedy=_GIVE_SETTINGS if wanted else _remedy(problem),
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


def _told_by_library(raised: Raised) -> str | None:
    last = raised.frames[-1] if raised.frames else ""
    file, _, function = last.rpartition(" ")
    if "builtins.KeyError" in raised.types and function == "__getitem__" and _is_os(file):
        return f"the setting {raised.message.strip(chr(39))} was not given"
    if any(name.startswith(_SETTING_LIBRARIES) for name in raised.types[:1]) or (
        any(mark in frame for frame in raised.frames for mark in _SETTING_FRAMES)
        and "builtins.ImportError" not in raised.types
    ):
        return "a setting was not given"
    if any(name.startswith(_CREDENTIAL_ERRORS) for name in raised.types):
        return "it wants a token at import, and there is none here"
    words = any(word in raised.message for word in _NETWORK_WORDS)
    if words or not _NETWORK_ERRORS.isdisjoint(raised.types):
        return "it wants the network at import, which there is not here"
    return None


def _is_os(place: str) -> bool:
    file = place.rpartition(":")[0]
    return file == "<frozen os>" or file.replace("\\", "/").endswith("/os.py")


def _told_by_app(problem: ImportProblem) -> str | None:
    """Find the variable that was not there behind the error that its absence led to."""
    first = problem.chain[0] if problem.chain else None
    if first is None:
        return None
    is_about_values = _NEVER_A_VALUE.isdisjoint(first.types)
    for setting in problem.missing:
        named = any(setting.name in raised.message for raised in problem.chain)
        own = setting.file != "" and is_about_values
        here = own and (setting.file, setting.line) == (problem.file, problem.line)
        if named or here or (own and "None" in first.message):
            return f"the setting {setting.name} was not given"
    return None


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
