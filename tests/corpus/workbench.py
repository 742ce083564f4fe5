"""Where apps of the corpus are packed and checked: by the real commands, in their own processes."""

from __future__ import annotations

import json
import os
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lading.core.runtimes import RUNTIMES
from lading.edges.interpreters import find_interpreter
from local_sources import LocalSources
from tests.corpus.case import (
    TOKEN,
    Broken,
    Content,
    Files,
    Offered,
    Packed,
    Project,
)
from tests.support import make_project
from tests.user import Said, User

_SARIF = "findings.sarif"
ARTIFACT = "dist/orders.zip"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What was said of an app.

    `found` are severities and codes of findings, `told` the first one's words or the error's,
    `imported` what is said of the import, where a package came so far, `mute` the codes of findings
    without evidence or remedy.
    """

    found: tuple[str, ...]
    told: str
    exit_code: int
    imported: str
    seconds: float
    text: str
    mute: tuple[str, ...] = ()

    @property
    def is_imported(self) -> bool:
        """Say whether Microsoft's library loaded the package."""
        return self.imported.endswith(" s")


@dataclass(frozen=True, kw_only=True)
class Workbench:
    """Sources that offer what an app asks for, and a user who has their credentials."""

    sources: LocalSources
    user: User

    def examine(self, case: Broken, folder: Path) -> Outcome:
        """Pack or build a broken app in a folder of its own, and return what was said."""
        if isinstance(case.made, Packed):
            return self.verify(case.made, folder)
        return self.run(case.made, folder)

    def verify(self, packed: Packed, folder: Path) -> Outcome:
        """Write another tool's zip and verify it."""
        folder.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(folder / "any.zip", "w") as package:
            for name, content in packed.files.items():
                package.writestr(zipfile.ZipInfo(name), self._bytes(content))
        return self.verify_zip(folder / "any.zip", packed.python)

    def verify_zip(self, path: Path, python: str) -> Outcome:
        """Verify a zip as someone does who has nothing else."""
        started = time.perf_counter()
        words = ("verify", "--artifact", path.name, "--python", python, "--json")
        said = self.user.types(path.parent, *words)
        return _outcome(said, _document(said), time.perf_counter() - started)

    def run(self, project: Project, folder: Path) -> Outcome:
        """Write a project, type what its user types, and return what the last command said."""
        self.write(project, folder)
        if project.first:
            well = self.user.types(folder, *project.first, **project.variables)
            assert well.code == 0, well.text
        self._write(project.changed, folder)
        if project.added:
            with zipfile.ZipFile(folder / ARTIFACT, "a") as package:
                for name, content in project.added.items():
                    package.writestr(name, self._bytes(content))
        return self.type(project, folder)

    def type(self, project: Project, folder: Path) -> Outcome:
        """Type what the user of a project types, in its folder."""
        command, *words = project.words
        started = time.perf_counter()
        if command == "build":
            words += ["--sarif", _SARIF]
        said = self.user.types(folder, command, *words, "--json", **project.variables)
        seconds = time.perf_counter() - started
        if command == "build":
            return _outcome(said, _findings(folder / _SARIF), seconds)
        return _outcome(said, _document(said), seconds)

    def write(self, project: Project, folder: Path) -> None:
        """Write a project, and offer what it asks for."""
        self.sources.tell_vulnerabilities(project.advisories)
        for one in project.offered:
            self._offer(one, public=False)
        for one in project.public:
            self._offer(one, public=True)
        requirements = project.requirements
        make_project(
            folder,
            files={
                "pyproject.toml": self._pyproject(project),
                **{name: self._bytes(text) for name, text in project.beside.items()},
                **{f"functionapp/{n}": self._bytes(text) for n, text in project.files.items()},
                "functionapp/requirements.txt": requirements,
            },
        )
        if "function_app.py" not in project.files:
            (folder / "functionapp/function_app.py").unlink()
        if project.fault is not None:
            self.sources.index.fail(project.fault)

    def _pyproject(self, project: Project) -> str:
        lines = ["[tool.lading.apps.orders]", 'folder = "functionapp"']
        lines += [f'python = "{project.python}"']
        if "requirements =" not in project.configuration:
            lines.append('requirements = "functionapp/requirements.txt"')
        return "\n".join([*lines, project.configuration, self.sources.configuration()])

    def _offer(self, one: Offered, *, public: bool) -> None:
        shelf = self.sources.public_packages if public else self.sources.private_packages
        files = {name: self._bytes(content) for name, content in one.files.items()} or None
        shelf.add_wheel(one.name, one.version, files=files, requires=one.requires, tag=one.tag)

    def _write(self, files: Files, folder: Path) -> None:
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self._bytes(content))

    def _bytes(self, content: Content) -> bytes:
        if isinstance(content, str):
            return content.replace(TOKEN, self.sources.token).encode()
        return content if isinstance(content, bytes) else content()


def pythons(ambient: Mapping[str, str] = os.environ) -> dict[str, Path]:
    """Return where the interpreters of this machine are, by their minors."""
    found = {one.python: find_interpreter(one.python, ambient=ambient) for one in RUNTIMES}
    return {python: one.path for python, one in found.items() if one is not None}


def with_pythons(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which `python3.13` and the others are on PATH, behind the rest."""
    folders = [environment["PATH"], *(str(path.parent) for path in pythons().values())]
    return {**environment, "PATH": os.pathsep.join(folders)}


def _document(said: Said) -> dict[str, Any]:
    if not said.stdout.startswith("{"):
        return {}
    document: dict[str, Any] = json.loads(said.stdout)
    return document


def _findings(path: Path) -> dict[str, Any]:
    """Return what a SARIF file tells, as `verify` tells it."""
    if not path.exists():
        return {}
    (run,) = json.loads(path.read_text("utf-8"))["runs"]
    return {
        "findings": [
            {
                "severity": one["level"],
                "code": one["ruleId"],
                "subject": subject,
                "evidence": evidence,
                "remedy": remedy,
            }
            for one in run["results"]
            for subject, evidence, remedy in [_words(one)]
        ]
    }


def _words(result: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return subject, evidence and remedy of a result; it has the last two in one text."""
    (place,) = result["locations"][0]["logicalLocations"]
    told = result["message"]["text"].removeprefix(f"{place['name']}: ")
    evidence, _, remedy = told.partition(". ")
    return place["name"], evidence, remedy


def _outcome(said: Said, document: Mapping[str, Any], seconds: float) -> Outcome:
    findings = document.get("findings", ())
    told = [f"{one['subject']}: {one['evidence']}" for one in findings]
    words = said.stderr.strip().splitlines()
    error = [line for line in words if line.startswith("lading:")] or words
    verdict = (_document(said) or document).get("verdict", {})
    return Outcome(
        found=tuple(f"{one['severity']} {one['code']}" for one in findings),
        told=told[0] if told else error[0] if error else "",
        exit_code=said.code,
        imported=_imported(verdict),
        seconds=seconds,
        text=said.text,
        mute=tuple(one["code"] for one in findings if not (one["evidence"] and one["remedy"])),
    )


def _imported(verdict: Mapping[str, Any]) -> str:
    if not verdict:
        return ""
    if verdict["imported"]:
        return f"{verdict['seconds']:.2f} s"
    return f"no: {verdict['reason']}"
