"""What a failed import wanted of Azure: a setting, a token or the network, or none of them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lading.core.functions import ImportProblem, MissingSetting, Raised
from lading.core.layer import SITE_PACKAGES

# Libraries whose errors say that a setting is missing, by the beginning of a class's full name.
_SETTING_LIBRARIES = (
    "decouple.UndefinedValueError",
    "dynaconf.",
    "environs.",
    "environ.exceptions.",
    "configparser.InterpolationMissingOptionError",
    "botocore.exceptions.NoRegionError",
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
_ABOUT_CODE = re.compile(
    r"\(\) (?:got|takes|missing) |'type' object is not subscriptable|operand type\(s\) for \|"
)
_WRONG_VALUES = frozenset({"builtins.ValueError", "builtins.TypeError"})
_WITHOUT_MEANING = frozenset({"builtins.Exception", "builtins.BaseException", "builtins.object"})
# What people raise, and how they leave, where something was not configured.
_BY_HAND = frozenset(
    {
        *("builtins.Exception", "builtins.RuntimeError", "builtins.OSError"),
        *("builtins.ValueError", "builtins.AssertionError", "builtins.SystemExit"),
    }
)
# With these Azure starts an app that has monitoring; its libraries ask for them, not the app.
_MONITORING = frozenset({"APPLICATIONINSIGHTS_CONNECTION_STRING", "APPINSIGHTS_INSTRUMENTATIONKEY"})
# Its decorators say what is wrong with the app's code.
_SDK = f"{SITE_PACKAGES}azure/functions/"
_GIVE_IT = (
    "Give it for the check: --settings FILE, with lines NAME=VALUE or a local.settings.json, or"
    " settings = [...] of the target. Better: ask for it when a function runs, not at import."
)
_ASK_LATER = (
    "Ask for it when a function runs, not at import: while nobody answers, Azure would find no"
    " function."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """What an import wanted and did not get here, and how it comes to it."""

    what: str
    remedy: str = _GIVE_IT


def explain_by_want(problem: ImportProblem) -> Want | None:
    """Return which setting, token or connection an import wanted, None where it was none."""
    if problem.module:
        return None
    for raised in problem.chain:
        if told := _told_by_library(raised):
            return told
    return _told_by_app(problem)


def _told_by_library(raised: Raised) -> Want | None:
    last = raised.frames[-1] if raised.frames else ""
    file, _, function = last.rpartition(" ")
    if "builtins.KeyError" in raised.types and function == "__getitem__" and _is_os(file):
        return _not_given(raised.message.strip("'"))
    if any(name.startswith(_SETTING_LIBRARIES) for name in raised.types[:1]) or (
        any(mark in frame for frame in raised.frames for mark in _SETTING_FRAMES)
        and "builtins.ImportError" not in raised.types
    ):
        return Want(what="a setting was not given")
    if any(name.startswith(_CREDENTIAL_ERRORS) for name in raised.types):
        what = "it wants a token at import, and there is none here"
        return Want(what=what, remedy=_ASK_LATER)
    words = any(word in raised.message for word in _NETWORK_WORDS)
    if words or not _NETWORK_ERRORS.isdisjoint(raised.types):
        what = "it wants the network at import, which there is not here"
        return Want(what=what, remedy=_ASK_LATER)
    return None


def _is_os(place: str) -> bool:
    file = place.rpartition(":")[0]
    return file == "<frozen os>" or file.replace("\\", "/").endswith("/os.py")


def _told_by_app(problem: ImportProblem) -> Want | None:
    """Find the variable that was not there behind the error that its absence led to."""
    for setting in problem.missing:
        named = re.compile(rf"(?<!\w){re.escape(setting.name)}(?!\w)")
        if any(named.search(raised.message) for raised in problem.chain):
            return _not_given(setting.name)
        if problem.chain and _led_to(setting, problem, problem.chain[0]):
            return _not_given(setting.name)
    return None


def _led_to(setting: MissingSetting, problem: ImportProblem, raised: Raised) -> bool:
    """Say whether an error looks like what a value that is not there leads to."""
    if not _NEVER_A_VALUE.isdisjoint(raised.types) or _ABOUT_CODE.search(raised.message):
        return False
    if not setting.file:
        return setting.name in _MONITORING and _is_refused_value(raised)
    if (setting.file, setting.line) == (problem.file, problem.line) or "None" in raised.message:
        return True
    is_by_hand = _is_of_app(problem, raised) and not _BY_HAND.isdisjoint(raised.types[:1])
    return _is_refused_value(raised) or (is_by_hand and setting.file == problem.file)


def _is_refused_value(raised: Raised) -> bool:
    """Say whether a dependency did not take a value that it was given."""
    place = raised.frames[-1] if raised.frames else ""
    meaning = {name for name in raised.types if name.startswith("builtins.")} - _WITHOUT_MEANING
    return SITE_PACKAGES in place and _SDK not in place and meaning <= _WRONG_VALUES


def _is_of_app(problem: ImportProblem, raised: Raised) -> bool:
    """Say whether the app's own line raised it, and not what it called."""
    place = raised.frames[-1].rpartition(" ")[0] if raised.frames else ""
    return f"/{place}".endswith(f"/{problem.file}:{problem.line}")


def _not_given(name: str) -> Want:
    return Want(what=f"the setting {name} was not given")
