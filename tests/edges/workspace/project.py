"""The files of a small project, and what is read of them."""

from __future__ import annotations

import os
from pathlib import Path

from lading.edges.workspace import read_project
from lading.edges.workspace.requirements import read_requirements

CONFIGURATION = """
[tool.lading.apps.orders]
folder = "app"
python = "3.13"
"""
AMBIENT = {"PATH": os.environ["PATH"]}


def write(root: Path, name: str, content: str | bytes) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def requirement_names(root: Path) -> list[str]:
    project = read_project(root)
    return [item.name for item in read_requirements(project, project.apps[0]).named]
