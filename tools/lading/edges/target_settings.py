"""The files of settings that a target names, from the project on disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from lading.core.config import Project, Target
from lading.core.errors import ConfigError
from lading.core.requirements.text_files import parse_text
from lading.core.secret import Secret
from lading.core.settings import DesiredSettings
from lading.core.settings.files import SettingsFile, parse_settings_files

# A shorter value could be any word, and would be masked wherever it stands.
_SHORTEST_SECRET = 12


def read_target_settings(
    project: Project,
    target: Target,
    *,
    ambient: Mapping[str, str],
    remember: Callable[[Secret], None],
) -> DesiredSettings:
    """Return what a target's files want; whatever may be a secret is remembered.

    Raises ConfigError with every mistake that is in them, never with a value.
    """
    files = [
        SettingsFile(name=name, text=_read(project.root / name, name)) for name in target.settings
    ]
    desired = parse_settings_files(files, target=target, ambient=ambient)
    for setting in desired.settings:
        if len(setting.value.reveal()) >= _SHORTEST_SECRET:
            remember(setting.value)
    return desired


def _read(path: Path, name: str) -> str:
    try:
        return parse_text(path.read_bytes())
    except OSError as error:
        problem = f"{name} cannot be read: {error.strerror}"
    except ValueError as error:
        problem = f"{name} is no text: {error}"
    raise ConfigError((problem,), remedy="Correct settings = … of the target.")
