"""The project on disk: pyproject.toml, .env, requirements and the app's own files.

Nobody else may read them.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values
from dotenv.variables import parse_variables

from lading.core.config import Project
from lading.core.config.pyproject import parse_project
from lading.core.errors import ConfigError
from lading.edges.workspace.texts import PYPROJECT, read_text, read_toml

_EXAMPLE = """Write into pyproject.toml:
  [tool.lading.apps.orders]
  folder = "functionapp"
  requirements = "functionapp/requirements.txt"
  python = "3.13\""""


def read_project(folder: Path) -> Project:
    """Return the project that a folder belongs to: the nearest pyproject.toml with [tool.lading].

    Raises ConfigError where there is none, or where it has mistakes.
    """
    start = folder.resolve()
    for root in (start, *start.parents):
        path = root / PYPROJECT
        if not path.is_file():
            continue
        table = read_toml(path)
        tool = table.get("tool")
        lading = tool.get("lading") if isinstance(tool, dict) else None
        if isinstance(lading, dict):
            return parse_project(lading, root=root)
    raise ConfigError(
        (f"no pyproject.toml with [tool.lading] in {start} or a folder above it",),
        remedy=_EXAMPLE,
    )


def read_environment(root: Path, ambient: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with what the project's .env adds; the real environment wins.

    `${NAME}` in .env means the environment first, then the lines above.
    """
    path = root / ".env"
    if not path.is_file():
        return dict(ambient)
    text = read_text(path, name=".env")
    values = dotenv_values(stream=io.StringIO(text), interpolate=False)
    environment = dict(ambient)
    for name, value in values.items():
        if name not in ambient and value is not None:
            # Resolved here because python-dotenv itself looks into the process's environment.
            atoms = parse_variables(value)
            environment[name] = "".join(atom.resolve(environment) for atom in atoms)
    return environment


def read_env_names(root: Path) -> tuple[str, ...]:
    """Return the variables to which .env gives a value, () where it cannot be read."""
    try:
        text = read_text(root / ".env", name=".env")
    except (OSError, ConfigError):
        return ()
    values = dotenv_values(stream=io.StringIO(text), interpolate=False)
    return tuple(name for name, value in values.items() if value)
