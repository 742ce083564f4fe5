"""Requirements as the files of one project with two sources ask for them."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.requirements import Requirement

from lading.core.config import App, CredentialSpec, GitSource, IndexSource, Project
from lading.core.errors import RequirementsError
from lading.core.requirements import (
    NamedRequirement,
    Requirements,
)
from lading.core.requirements.files import parse_requirement_files

NONE = CredentialSpec(kind="none")
PROJECT = Project(
    root=Path("/project"),
    apps=(
        App(
            name="orders",
            folder="app",
            requirements="app/requirements.txt",
            python="3.13",
            lock="app/requirements.lock",
        ),
    ),
    sources=(
        IndexSource(
            name="acme",
            url="https://pkgs.dev.azure.com/acme/_packaging/internal/pypi/simple/",
            packages=("acme-*",),
            credential=NONE,
            scope="https://pkgs.dev.azure.com/acme/",
        ),
        GitSource(name="azure", url="https://dev.azure.com/acme/", credential=NONE),
        GitSource(name="team", url="https://git.example:8443/team/", credential=NONE),
        GitSource(name="one", url="https://git.example/one/", credential=NONE),
    ),
)
A = "a" * 64
B = "b" * 64
TOKEN = "ghp_abcdefghijklmnopqrstuvwxyz0123456789"
FILE = "app/requirements.txt"


def read(text: str, **others: str) -> Requirements:
    files = {FILE: text} | {f"app/{name}.txt": content for name, content in others.items()}
    return parse_requirement_files(
        files, FILE, project=PROJECT, default_index="https://index.example/simple"
    )


def problems(text: str, **others: str) -> tuple[str, ...]:
    with pytest.raises(RequirementsError) as caught:
        read(text, **others)
    return caught.value.problems


def problem_of(text: str) -> str:
    (problem,) = problems(text)
    assert problem.startswith(f"{FILE}:1: ")
    return problem.removeprefix(f"{FILE}:1: ")


def named(text: str, line: int = 1, *hashes: str) -> NamedRequirement:
    return NamedRequirement(
        name=Requirement(text).name, text=text, origin=f"{FILE}:{line}", hashes=hashes
    )
