"""The files that say what the Functions host does with an app: host.json and its neighbours.

They are read as the host's Newtonsoft.Json reads them: comments, a comma behind the last item,
single quotes, names without quotes and strings of several lines are no mistake.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dotenv import dotenv_values

from lading.core.functions import BindingFacts, parse_bindings

HOST = "host.json"
FUNCTION = "function.json"
SCRIPT = "function_app.py"
# Its presence alone decides which model an app is of.
SCRIPT_SETTING = "PYTHON_SCRIPT_FILE_NAME"
_ENTRY_SCRIPT = "__init__.py"
# The only one that there is of host.json.
_VERSION = "2.0"
_STRING = r"""(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
_COMMENT = re.compile(rf"{_STRING}|//[^\n]*|/\*.*?\*/", re.DOTALL)
_LENIENT = re.compile(rf"{_STRING}|(?P<name>(?<![\w$])[\w$]++(?=\s*:))|,(?=\s*[}}\]])", re.DOTALL)
_QUOTE = re.compile(r"\\.|\"", re.DOTALL)
_QUOTES = {"\\'": "'", '"': r"\""}


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFile:
    """What host.json says; `route_prefix` stands before every route, `bundle` is the bundle's id.

    `bundle` is "" where none is asked for, the versions are "" where none is told.
    """

    version: str
    route_prefix: str
    bundle: str
    bundle_version: str = ""

    @property
    def problem(self) -> str:
        """Return why the host does not start with it, "" where it does."""
        if not self.version:
            return f'it has no "version": "{_VERSION}"'
        if self.version != _VERSION:
            return (
                f'its version is {self.version}, and has to be "{_VERSION}", whichever version'
                " of Functions runs the app"
            )
        if self.bundle and not self.bundle_version:
            return 'its extensionBundle has no version, such as "[4.*, 5.0.0)"'
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionFile:
    """What a function.json says; `script` and `directory` are relative to the package's root."""

    name: str
    directory: str
    script: str
    entry_point: str
    bindings: tuple[BindingFacts, ...]
    disabled: bool = False


def parse_host(text: str) -> HostFile:
    """Return what a host.json says; raises ValueError where it is no JSON object."""
    document = _parse(text)
    http = _table(_table(document, "extensions"), "http")
    prefix = http.get("routePrefix")
    bundle = _table(document, "extensionBundle")
    return HostFile(
        # Of an empty one the host makes its own.
        version=_told(document.get("version")) if document else _VERSION,
        route_prefix=prefix.strip("/") if isinstance(prefix, str) else "api",
        bundle=_told(bundle.get("id")),
        bundle_version=_told(bundle.get("version")),
    )


def parse_function(text: str, *, directory: str) -> FunctionFile:
    """Return what a function.json says; raises ValueError where it is no JSON object."""
    document = _parse(text)
    script = document.get("scriptFile")
    entry = document.get("entryPoint")
    bindings = document.get("bindings")
    return FunctionFile(
        name=directory.rpartition("/")[2],
        directory=directory,
        script=_below(directory, script if isinstance(script, str) and script else _ENTRY_SCRIPT),
        entry_point=entry if isinstance(entry, str) else "",
        bindings=parse_bindings(bindings if isinstance(bindings, list) else ()),
        disabled=document.get("disabled") is True,
    )


def parse_settings(text: str, *, name: str) -> Mapping[str, str]:
    """Return app settings: the Values of a local.settings.json, or lines NAME=VALUE.

    `name` is the file's; one that ends with .json is JSON: ValueError where that cannot be read.
    """
    if not name.lower().endswith(".json"):
        values = dotenv_values(stream=io.StringIO(text), interpolate=False)
        return {key: value for key, value in values.items() if value is not None}
    document = _parse(text)
    table = _table(document, "Values") if "Values" in document else document
    return {key: _text(value) for key, value in table.items() if value is not None}


def _told(value: object) -> str:
    """Return a value as .NET turns it into text: of the number 2.0 only 2 is left."""
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else _text(value)


def _below(directory: str, script: str) -> str:
    """Return a script's path from the root; `../shared/x.py` is a common form of it."""
    parts = directory.split("/")
    for part in script.replace("\\", "/").split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


def _parse(text: str) -> dict[str, Any]:
    plain = _COMMENT.sub(_without_comment, text.removeprefix("\ufeff"))
    try:
        document = json.loads(_LENIENT.sub(_strict, plain), strict=False)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(document, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004 - of the text, not of an argument
    return document


def _without_comment(found: re.Match[str]) -> str:
    # An error in what follows is told with the line that it has in the file.
    return found["string"] or " " + "\n" * found[0].count("\n")


def _strict(found: re.Match[str]) -> str:
    """Return a string or a name as JSON has it, and nothing of a comma behind the last item."""
    text = found["string"][1:-1] if found["string"] else found["name"]
    if text is None:
        return ""
    return f'"{_QUOTE.sub(lambda quote: _QUOTES.get(quote[0], quote[0]), text)}"'


def _table(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
