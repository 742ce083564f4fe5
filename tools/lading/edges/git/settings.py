"""Git's own settings on this machine, as its user's Git reads them; nothing is fetched or run."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from lading.core.diagnosis.facts import GitSetting, parse_git_settings
from lading.core.errors import LadingError
from lading.edges.processes import Completed, base_environment, run_process

_SECONDS = 20.0
# Where Git looks for its files.
_PLACES = ("HOME", "USERPROFILE", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM")


def read_git_version(ambient: Mapping[str, str]) -> str | None:
    """Return the version of Git, None where there is none."""
    done = _git(("version",), ambient)
    return done.stdout.strip().removeprefix("git version ") if done else None


def read_git_settings(folder: Path, *, ambient: Mapping[str, str]) -> tuple[GitSetting, ...]:
    """Return the settings that hold a credential or keep one, of a folder's repository and beyond.

    The credentials themselves are not returned. () without Git.
    """
    done = _git(("-C", str(folder), "config", "--list", "--null", "--show-origin"), ambient)
    return parse_git_settings(done.stdout) if done else ()


def read_tracked_names(
    folder: Path, names: tuple[str, ...], *, ambient: Mapping[str, str]
) -> tuple[str, ...]:
    """Return those of the names in a folder that Git tracks; () without Git or a repository."""
    done = _git(("-C", str(folder), "ls-files", "-z", "--", *names), ambient)
    return tuple(name for name in done.stdout.split("\0") if name) if done else ()


def _git(words: tuple[str, ...], ambient: Mapping[str, str]) -> Completed | None:
    with tempfile.TemporaryDirectory(prefix="lading-", ignore_cleanup_errors=True) as home:
        own = {name: ambient[name] for name in _PLACES if name in ambient}
        environment = base_environment(ambient, home=Path(home)) | own
        # Who owns the checkout does not matter: nothing of it is run.
        command = ("git", "-c", "safe.directory=*", "-c", "core.fsmonitor=false", *words)
        try:
            done = run_process(command, environment=environment, timeout=_SECONDS)
        except LadingError:
            return None
    return done if done.code == 0 else None
