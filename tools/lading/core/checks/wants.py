"""What a failed import wanted of Azure: a setting, a token or the network, or none of them."""

from __future__ import annotations

from lading.core.functions import ImportProblem, Raised

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


def explain_by_setting(problem: ImportProblem) -> str | None:
    """Return which setting, credential or connection an import wanted, None where it was none."""
    if problem.module:
        return None
    for raised in problem.chain:
        if told := _told_by_library(raised):
            return told
    return _told_by_app(problem)


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
