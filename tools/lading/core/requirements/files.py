"""Requirements files → `Requirements`: all problems at once, each with FILE:LINE."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence

from lading.core.access.userinfo import mask_userinfo
from lading.core.config import Project
from lading.core.errors import RequirementsError
from lading.core.requirements import (
    DirectRequirement,
    NamedRequirement,
    Requirements,
    assemble_requirements,
)
from lading.core.requirements.direct import Place
from lading.core.requirements.index_lines import judge_index_line
from lading.core.requirements.lines import (
    LineError,
    Option,
    RequirementLine,
    logical_lines,
    parse_line,
)
from lading.core.requirements.texts import check_constraint, check_places, parse_requirement

_SHA256 = re.compile(r"sha256:[0-9a-fA-F]{64}")
_INDEX_OPTIONS = frozenset({"--index-url", "--extra-index-url", "--find-links"})
_IGNORED = {
    "--require-hashes": "the lock has a hash for every file",
    "--prefer-binary": "the newest version that fits is taken, and built where it has no wheel",
    "--only-binary": "the newest version that fits is taken, and built where it has no wheel",
    "--trusted-host": "certificates are always checked; a private CA is declared with ca-bundle",
    "--use-feature": "it is for pip",
}
_REFUSED = {
    "--pre": "ask for a pre-release by its version: NAME>=2.0b1",
    "--no-binary": "a wheel is taken where there is one; to build from source, require its "
    "repository: NAME @ git+https://…",
    "--no-index": "take the line out; `--offline` builds from what was fetched before",
    "--config-settings": "settings of a build belong into the pyproject.toml of what is built",
    "--global-option": "options of a build belong into the pyproject.toml of what is built",
    "--install-option": "pip itself has dropped it",
}


def parse_requirement_files(
    files: Mapping[str, str], root: str, *, project: Project, default_index: str = ""
) -> Requirements:
    """Return what a requirements file and the files that it includes ask for.

    `files` maps paths (POSIX, relative to the project's root) to their text; `root` is the first to
    read; `default_index` the URL of the index for all other names (empty: the public one), which a
    file may name too.
    Raises RequirementsError with every problem.
    """
    reading = _Reading(files, project=project, default_index=default_index)
    reading.read(root, as_constraints=False)
    return reading.result()


def included_files(text: str, path: str) -> tuple[str, ...]:
    """Return the files that a requirements file includes (-r, -c), relative to the root.

    URLs and lines that cannot be read are left to `parse_requirement_files`.
    """
    found: list[str] = []
    for number, line in logical_lines(text):
        try:
            options = parse_line(number, line).options
        except LineError:
            continue
        found += [
            _included_path(option.value, path)
            for option in options
            if option.name in {"--requirement", "--constraint"} and "://" not in option.value
        ]
    return tuple(dict.fromkeys(found))


def _included_path(value: str, path: str) -> str:
    value = value.replace("\\", "/").removeprefix("file:")
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), value))


class _Reading:
    """One pass over the files: what was asked so far, and every problem."""

    def __init__(self, files: Mapping[str, str], *, project: Project, default_index: str) -> None:
        self._files = files
        self._project = project
        self._default_index = default_index
        self._read: set[tuple[str, bool]] = set()
        self._asked: list[NamedRequirement | DirectRequirement] = []
        self._constraints: list[NamedRequirement] = []
        self._notes: list[str] = []
        self._problems: list[str] = []

    def result(self) -> Requirements:
        self._problems += check_places(self._asked)
        if self._problems:
            raise RequirementsError(
                tuple(dict.fromkeys(self._problems)), remedy="Correct these lines."
            )
        return assemble_requirements(self._asked, constraints=self._constraints, notes=self._notes)

    def read(self, path: str, *, as_constraints: bool) -> None:
        # A file that includes itself asks for nothing more by that.
        if (path, as_constraints) in self._read:
            return
        self._read.add((path, as_constraints))
        for number, text in logical_lines(self._files.get(path, "")):
            place = Place(
                project=self._project,
                origin=f"{path}:{number}",
                folder=posixpath.dirname(path),
                notes=self._notes,
            )
            try:
                self._take(parse_line(number, text), place, as_constraints=as_constraints)
            except LineError as error:
                self._problems.append(f"{place.origin}: {error}")

    def _take(self, line: RequirementLine, place: Place, *, as_constraints: bool) -> None:
        if line.text:
            hashes = _parse_hashes([option for option in line.options if option.name == "--hash"])
            item = parse_requirement(line.text, place, hashes=hashes, editable=line.editable)
            if item is None:
                return
            if as_constraints:
                self._constraints.append(check_constraint(item))
            else:
                self._asked.append(item)
        for option in line.options:
            if option.name != "--hash" or not line.text:
                self._obey(option, place, as_constraints=as_constraints)

    def _obey(self, option: Option, place: Place, *, as_constraints: bool) -> None:
        try:
            if option.name in {"--requirement", "--constraint"}:
                self._include(option, place, as_constraints=as_constraints)
            elif option.name in _INDEX_OPTIONS:
                judge_index_line(option.name, option.value, place, self._default_index)
            else:
                _judge_option(option, place)
        except LineError as error:
            self._problems.append(f"{place.origin}: {error}")

    def _include(self, option: Option, place: Place, *, as_constraints: bool) -> None:
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", option.value):
            message = (
                f"{option.name} {mask_userinfo(option.value)} may change from day to day; "
                "save the file in the project and name its path"
            )
            raise LineError(message)
        path = _included_path(option.value, place.origin.rpartition(":")[0])
        if path.startswith(("../", "/")) or re.match(r"[A-Za-z]:", path):
            message = f'"{option.value}" lies outside of the project; copy it into the project'
            raise LineError(message)
        if path not in self._files:
            message = f"there is no file {path}"
            raise LineError(message)
        self.read(path, as_constraints=as_constraints or option.name == "--constraint")


def _judge_option(option: Option, place: Place) -> None:
    if option.name in _IGNORED:
        place.note(f"{option.name} is ignored: {_IGNORED[option.name]}")
        return
    if option.name == "--hash":
        message = (
            "--hash stands alone; it belongs behind a requirement, with a \\ before the line's end"
        )
    elif option.name in _REFUSED:
        message = f"{option.name} is not supported; {_REFUSED[option.name]}"
    else:
        message = f"{option.name} is not an option of a requirements file that is supported here"
    raise LineError(message)


def _parse_hashes(options: Sequence[Option]) -> tuple[str, ...]:
    """Return the SHA-256 hashes beside a requirement; raise LineError without one."""
    hashes = tuple(option.value.lower() for option in options if _SHA256.fullmatch(option.value))
    if options and not hashes:
        message = "--hash must be sha256: and 64 hexadecimal digits"
        raise LineError(message)
    return hashes
