"""App settings in files, as an app gets them while it is loaded here: `--settings`, or a target's.

They may be secrets, and are told to nobody but the app.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from lading.core.config import App, Project
from lading.core.errors import ConfigError, UsageError
from lading.core.functions.host import parse_settings
from lading.core.requirements.text_files import parse_text
from lading.core.secret import Secret

# A shorter value could be any word, and would be masked wherever it stands.
_SHORTEST_SECRET = 16


def read_app_settings(
    project: Project | None, app: App, given: str, *, remember: Callable[[Secret], None]
) -> dict[str, str]:
    """Return the settings of the file that was given, else of the app's one target.

    Of several targets none is better than another: then there are none. Every value that may be a
    secret is remembered. Raises UsageError or ConfigError for a file that cannot be read.
    """
    settings: dict[str, str] = {}
    for path, name in _files(project, app, given):
        settings |= _read(path, name=name, given=bool(given))
    for value in settings.values():
        if len(value) >= _SHORTEST_SECRET:
            remember(Secret(value))
    return settings


def _files(project: Project | None, app: App, given: str) -> Iterable[tuple[Path, str]]:
    if given:
        return ((Path(given), given),)
    targets = [one for one in project.targets if one.app == app.name] if project else []
    if project is None or len(targets) != 1:
        return ()
    return tuple((project.root / name, name) for name in targets[0].settings)


def _read(path: Path, *, name: str, given: bool) -> dict[str, str]:
    try:
        return dict(parse_settings(parse_text(path.read_bytes()), name=path.name))
    except OSError as error:
        problem = f"{name} cannot be read: {error.strerror}"
    except ValueError as error:
        problem = f"{name} is no file of settings: {error}"
    remedy = "Write lines NAME=VALUE, or a local.settings.json."
    if given:
        raise UsageError(f"--settings {problem}", remedy=remedy)
    raise ConfigError((problem,), remedy=remedy)
