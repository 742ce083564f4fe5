"""A configuration with everything in it, and how one is read."""

from __future__ import annotations

import tomllib
from pathlib import Path

from lading.core.config import (
    Project,
)
from lading.core.config.pyproject import parse_project

ROOT = Path("/project")
APP = '[apps.orders]\nfolder = "functionapp"\npython = "3.13"\n'


def parse(text: str) -> Project:
    return parse_project(tomllib.loads(text), root=ROOT)
