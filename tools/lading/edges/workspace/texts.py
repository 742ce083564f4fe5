"""Text and TOML of the project, read with messages that name the file."""

from __future__ import annotations

import tomllib
from pathlib import Path

from lading.core.errors import ConfigError
from lading.core.requirements.text_files import parse_text

PYPROJECT = "pyproject.toml"


def read_toml(path: Path, *, name: str = "") -> dict[str, object]:
    """Return a TOML file as it is; `name` is what a message calls it."""
    shown = name or str(path)
    try:
        return tomllib.loads(read_text(path, name=shown))
    # RecursionError: brackets in brackets, a thousand deep.
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(
            (f"{shown}: {error}",), remedy="Correct the line; it is not TOML."
        ) from error


def read_text(path: Path, *, name: str, error: type[ConfigError] = ConfigError) -> str:
    """Return a text file in whatever encoding editors save it; raise `error` where it is none."""
    try:
        return parse_text(path.read_bytes())
    except ValueError as cause:
        raise error((f"{name}: {cause}",), remedy="Save the file as UTF-8.") from cause
