"""Look around: what the project declares and this machine has, without asking any source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lading.core.config import App, Project
from lading.core.diagnosis import Check, count_of, failed
from lading.core.diagnosis.risks import (
    judge_git_settings,
    judge_index_settings,
    judge_kept,
    judge_netrc,
    judge_notes_of_requirements,
    judge_patterns,
    judge_tracked_environment,
)
from lading.core.errors import LadingError, SourceError
from lading.core.layer.bytecode import check_bytecode
from lading.core.lock import Lock, check_lock
from lading.core.requirements import GitRequirement, Requirements
from lading.edges.git.settings import read_git_settings, read_git_version, read_tracked_names
from lading.edges.installer import read_tool_version
from lading.edges.interpreters import find_interpreter
from lading.edges.lock_folder import read_lock
from lading.edges.pip_settings import read_index_settings
from lading.edges.plain_files import read_netrc_hosts, scan_kept_credentials
from lading.edges.sandbox import Sandbox
from lading.edges.store import Store
from lading.edges.workspace import read_env_names
from lading.edges.workspace.app_files import check_app_folder
from lading.edges.workspace.requirements import read_requirements


@dataclass(frozen=True, slots=True, kw_only=True)
class AppView:
    """What was seen of one app: the checks, and what it needs; None where that is unreadable."""

    checks: tuple[Check, ...]
    requirements: Requirements | None = None
    lock: Lock | None = None

    @property
    def names(self) -> frozenset[str]:
        """Return the canonical names that it needs of indexes."""
        named = self.requirements.named if self.requirements else ()
        lock = self.lock
        locked = (*lock.files, *lock.build_files) if lock else ()
        archives = (*lock.sources, *lock.build_sources) if lock else ()
        return frozenset(
            (
                *(item.name for item in named),
                *(file.name for file in locked),
                *(source.file.name for source in archives if source.file is not None),
            )
        )

    @property
    def repositories(self) -> frozenset[tuple[str, str | None]]:
        """Return the Git repositories that it needs, with a ref (None: the default) or a commit."""
        direct = self.requirements.direct if self.requirements else ()
        lock = self.lock
        locked = (*lock.sources, *lock.build_sources) if lock else ()
        return frozenset(
            (
                *((item.url, item.ref) for item in direct if isinstance(item, GitRequirement)),
                *((source.url, source.commit) for source in locked if source.kind == "git"),
            )
        )


def look_at_app(
    project: Project, app: App, *, default_index: str, ambient: Mapping[str, str]
) -> AppView:
    """Return what can be seen of an app: its folder, requirements, lock and interpreter."""
    problems: list[Check] = []
    requirements = lock = None
    try:
        check_app_folder(project, app)
    except LadingError as error:
        problems.append(failed(app.name, error))
    try:
        requirements = read_requirements(project, app, default_index=default_index)
        lock = read_lock(project.root, app)
    except LadingError as error:
        problems.append(failed(app.name, error))
    else:
        problems.append(_look_at_lock(app, requirements, lock))
    interpreter = _look_for_interpreter(app, ambient)
    return AppView(checks=(*problems, interpreter), requirements=requirements, lock=lock)


def look_at_machine(
    *, store: Store, sandbox: Sandbox, ambient: Mapping[str, str], needs_git: bool
) -> Iterator[Check]:
    """Yield what lading works with on this machine, and what protects builds here."""
    yield _look_for_git(ambient, is_needed=needs_git)
    for tool in ("pip", "uv"):
        yield Check(subject=tool, verdict="good", text=read_tool_version(tool))
    try:
        with store.scratch():
            text = f"{store.root}, which can be written"
        yield Check(subject="store", verdict="good", text=text)
    except LadingError as error:
        yield failed("store", error)
    is_confined = not sandbox.description.startswith("none")
    yield Check(
        subject="builds",
        verdict="good" if is_confined else "risk",
        text=f"confinement: {sandbox.description}\nexposed: {', '.join(sandbox.exposed)}",
        code="" if is_confined else "unconfined",
        remedy=""
        if is_confined
        else "Foreign code that is built here can read what its user can: build where nothing "
        "else is kept, or on a Linux that lets users make namespaces.",
    )


def look_for_risks(
    folder: Path, *, project: Project | None, notes: tuple[str, ...], ambient: Mapping[str, str]
) -> Iterator[Check]:
    """Yield the ways in which packages or credentials could go astray on this machine."""
    try:
        yield from judge_index_settings(read_index_settings(ambient, root=folder))
    except LadingError as error:
        # Where lading needs them, that is a failure of its own.
        text = f"{error.message}: which indexes it names is not known"
        yield Check(subject="pip's settings", verdict="note", text=text, remedy=error.remedy)
    sources = project.sources if project else ()
    yield from judge_notes_of_requirements(notes)
    yield from judge_patterns(project) if project else ()
    yield from judge_netrc(read_netrc_hosts(ambient), sources)
    yield from judge_kept(scan_kept_credentials(ambient))
    yield from judge_git_settings(read_git_settings(folder, ambient=ambient))
    if read_tracked_names(folder, (".env",), ambient=ambient):
        yield from judge_tracked_environment(read_env_names(folder), sources)


def _look_at_lock(app: App, requirements: Requirements, lock: Lock | None) -> Check:
    asked = count_of(len(requirements.named) + len(requirements.direct), "requirement")
    text = f"{asked} in {app.requirements}"
    if lock is None:
        return Check(
            subject=app.name,
            verdict="note",
            text=f"{text}, not locked",
            remedy=f"Write {app.lock} and commit it: lading lock",
        )
    try:
        check_lock(lock, requirements, app)
    except LadingError as error:
        return Check(
            subject=app.name, verdict="note", text=f"{text}; {error.message}", remedy=error.remedy
        )
    locked = count_of(len(lock.loaded), "distribution")
    return Check(subject=app.name, verdict="good", text=f"{text}, locked as {locked}")


def _look_for_interpreter(app: App, ambient: Mapping[str, str]) -> Check:
    subject = f"Python {app.python}"
    found = find_interpreter(app.python, ambient=ambient)
    if found is not None:
        text = f"{found.version} for {app.name}: {found.path}"
        return Check(subject=subject, verdict="good", text=text)
    try:
        findings = check_bytecode(app.bytecode, python=app.python, found=False)
    except LadingError as error:
        return failed(subject, error)
    text = f"not on this machine; {app.name} is built without bytecode, as declared"
    if not findings:
        return Check(subject=subject, verdict="good", text=text)
    return Check(
        subject=subject,
        verdict="risk",
        text=findings[0].evidence,
        remedy=findings[0].remedy,
        code=findings[0].code,
    )


def _look_for_git(ambient: Mapping[str, str], *, is_needed: bool) -> Check:
    subject, remedy = "git", "Install Git, and put it on PATH."
    version = read_git_version(ambient)
    if version:
        return Check(subject=subject, verdict="good", text=version)
    if is_needed:
        # As a build ends that meets the first of them.
        return failed(
            subject,
            SourceError("there is none, and the apps have requirements in Git", remedy=remedy),
        )
    text = "there is none: Git requirements and sources cannot be built"
    return Check(subject=subject, verdict="note", text=text, remedy=remedy)
