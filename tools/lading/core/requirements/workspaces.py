"""uv workspaces: which folders are members of the one that a pyproject.toml declares."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from packaging.utils import canonicalize_name

from lading.core.config.toml_tables import Table


def is_workspace_of(table: Mapping[str, object], relative: str) -> bool:
    """Say whether a pyproject.toml declares a workspace that has a folder as a member.

    `relative` is the folder, POSIX and relative to the file's own, which is always a member.
    """
    workspace = _workspace(table)
    if workspace is None:
        return False
    if relative == ".":
        return True
    return _matches(relative, workspace_patterns(table)) and not _matches(
        relative, workspace.texts("exclude")
    )


def workspace_patterns(table: Mapping[str, object]) -> tuple[str, ...]:
    """Return the patterns of the members' folders, without what leads out of the workspace."""
    workspace = _workspace(table)
    patterns = workspace.texts("members") if workspace is not None else ()
    cleaned = (pattern.replace("\\", "/").removeprefix("./").rstrip("/") for pattern in patterns)
    return tuple(
        pattern
        for pattern in cleaned
        if pattern
        and not pattern.startswith("/")
        and ".." not in pattern.split("/")
        # Which of them Python's glob takes differs from minor to minor.
        and "**" not in pattern
    )


def project_name(table: Mapping[str, object]) -> str:
    """Return the canonical name of a pyproject.toml's project, "" for none."""
    root = Table(table, path="", problems=[])
    project = root.table("project")
    return canonicalize_name((project.text("name") if project is not None else None) or "")


def _workspace(table: Mapping[str, object]) -> Table | None:
    tool = Table(table, path="", problems=[]).table("tool")
    uv = tool.table("uv") if tool is not None else None
    return uv.table("workspace") if uv is not None else None


def _matches(relative: str, patterns: tuple[str, ...]) -> bool:
    # A "*" of such a pattern does not match a "/".
    path = PurePosixPath(relative)
    return any(
        len(PurePosixPath(pattern).parts) == len(path.parts) and path.match(pattern)
        for pattern in (pattern.removeprefix("./").rstrip("/") for pattern in patterns)
        if pattern
    )
