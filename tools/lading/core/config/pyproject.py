"""`[tool.lading]` → `Project`: all mistakes at once, each with its key path."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import TypeVar, get_args

from lading.core.config import Advisories, App, AuditSeverity, Bytecode, Project, Target
from lading.core.config.slim_keys import SLIM_KEYS, read_slimming
from lading.core.config.source_tables import NAME, NAME_RULE, parse_sources, read_identity
from lading.core.config.target_tables import check_targets, parse_target
from lading.core.config.toml_tables import Table, checked_path
from lading.core.errors import ConfigError
from lading.core.findings import Allowance, check_allowed_code
from lading.core.identity.clouds import check_cloud
from lading.core.runtimes import runtime_for

_SIZE = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[KMG]i?B)", re.IGNORECASE)
_DECIMAL = {"kb": 10**3, "mb": 10**6, "gb": 10**9}
_UNITS = _DECIMAL | {"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30}
_PROJECT_KEYS = ("apps", "sources", "targets", "identity", "cloud", "advisories")
_APP_KEYS = (
    "folder",
    "requirements",
    "python",
    "lock",
    "groups",
    "extras",
    "bytecode",
    "audit",
    "size-budget",
    "allow",
    *SLIM_KEYS,
)
# The first of each is what holds where nothing is said.
_BYTECODE: tuple[Bytecode, ...] = get_args(Bytecode)
_AUDIT: tuple[AuditSeverity, ...] = get_args(AuditSeverity)
_ADVISORIES: tuple[Advisories, ...] = get_args(Advisories)
_Choice = TypeVar("_Choice", bound=str)
# Windows opens a device under these names, whatever the folder and the ending.
_PORTS = tuple(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))
_DEVICES = frozenset(("con", "prn", "aux", "nul", *_PORTS))
_LOCK_NAME = "requirements.lock"
_FOREIGN_LOCK = re.compile(r"uv\.lock|poetry\.lock|Pipfile\.lock|pylock(\.[^.]+)?\.toml")
_HAS_GROUPS = re.compile(rf"pyproject\.toml|{_FOREIGN_LOCK.pattern}")


def parse_project(table: Mapping[str, object], *, root: Path) -> Project:
    """Return what `[tool.lading]` declares; raise ConfigError with every mistake.

    `table` is the table itself, `root` the folder of its pyproject.toml.
    """
    problems: list[str] = []
    tool = Table(table, path="tool.lading", problems=problems)
    tool.check_keys(_PROJECT_KEYS)
    project = Project(
        root=root,
        apps=_parse_apps(tool),
        sources=parse_sources(tool, root=root),
        targets=_parse_targets(tool),
        identity=read_identity(tool),
        cloud=_read_cloud(tool),
        advisories=_read_choice(tool, "advisories", _ADVISORIES),
    )
    _check_locks(tool, project.apps)
    check_targets(tool, project.targets)
    if "apps" not in tool and "sources" not in tool:
        problems.append("tool.lading: declares neither an app nor a source")
    if problems:
        raise ConfigError(
            tuple(dict.fromkeys(problems)),
            remedy=f"Correct pyproject.toml in {root}.",
        )
    return project


def _read_cloud(tool: Table) -> str:
    text = tool.text("cloud") or "public"
    problem = check_cloud(text)
    if problem:
        tool.note("cloud", problem)
    return "public" if problem else text


def _read_choice(table: Table, key: str, choices: tuple[_Choice, ...]) -> _Choice:
    """Return one of several words, the first where nothing is said."""
    text = table.text(key)
    for choice in choices:
        if text == choice:
            return choice
    if text is not None:
        table.note(key, f"must be one of {', '.join(choices)}")
    return choices[0]


def _parse_apps(tool: Table) -> tuple[App, ...]:
    named = tool.tables("apps")
    _check_names(tool, "apps", [name for name, _ in named])
    return tuple(_parse_app(name, table) for name, table in named)


def _parse_app(name: str, table: Table) -> App:
    """Return an app; where a value is wrong, a stand-in lets the other checks go on."""
    table.check_keys(_APP_KEYS)
    folder = _read_path(table, "folder")
    if "folder" not in table:
        table.note("folder", "is missing: the folder that has host.json")
    python = _read_python(table)
    requirements = _read_path(table, "requirements")
    groups, extras = table.texts("groups"), table.texts("extras")
    lock = _read_path(table, "lock")
    bytecode = _read_choice(table, "bytecode", _BYTECODE)
    audit = _read_choice(table, "audit", _AUDIT)
    slimming = read_slimming(table)
    size_budget = _read_size(table, "size-budget")
    allow = tuple(filter(None, (_parse_allowance(row) for row in table.rows("allow"))))
    folder = folder or name
    requirements = requirements or posixpath.join(folder, "requirements.txt")
    if (groups or extras) and not _HAS_GROUPS.fullmatch(posixpath.basename(requirements)):
        table.note(
            "groups" if groups else "extras",
            "only a pyproject.toml has these, and the locks of uv, Poetry and PEP 751: name one in "
            "requirements = …",
        )
    if lock is not None and _FOREIGN_LOCK.fullmatch(posixpath.basename(lock)):
        table.note("lock", f'"{lock}" is a file of another tool; the usual name is {_LOCK_NAME}')
    return App(
        name=name,
        folder=posixpath.normpath(folder),
        requirements=posixpath.normpath(requirements),
        python=python or "",
        lock=posixpath.normpath(
            lock or posixpath.join(posixpath.dirname(requirements), _LOCK_NAME)
        ),
        groups=groups,
        extras=extras,
        bytecode=bytecode,
        audit=audit,
        slimming=slimming,
        size_budget=size_budget,
        allow=allow,
    )


def _read_python(table: Table) -> str | None:
    python = table.text("python")
    if "python" not in table:
        table.note("python", 'is missing: the Python of the Function App, such as "3.13"')
    if python is None:
        return None
    try:
        return runtime_for(python).python
    except ConfigError as error:
        table.note("python", error.message)
        return None


def _read_size(table: Table, key: str) -> int | None:
    """Return a number of bytes, written as "250 MB" or "250 MiB"."""
    text = table.text(key)
    if text is None:
        return None
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        table.note(key, f'"{text}" is no size: write it as "250 MB"')
        return None
    return int(float(found["number"]) * _UNITS[found["unit"].lower()])


def _parse_allowance(row: Table) -> Allowance | None:
    row.check_keys(("code", "package", "reason"))
    code = row.text("code", required=True)
    reason = row.text("reason", required=True)
    problem = check_allowed_code(code) if code is not None else None
    if problem:
        row.note("code", problem)
    if code is None or reason is None:
        return None
    return Allowance(code=code, package=row.text("package"), reason=reason)


def _parse_targets(tool: Table) -> tuple[Target, ...]:
    named = tool.tables("targets")
    _check_names(tool, "targets", [name for name, _ in named])
    return tuple(parse_target(name, table) for name, table in named)


def _read_path(table: Table, key: str) -> str | None:
    text = table.text(key)
    return None if text is None else checked_path(table, key, text)


def _check_names(tool: Table, key: str, names: Sequence[str]) -> None:
    seen: dict[str, str] = {}
    for name in names:
        path = f"{tool.key_path(key)}.{name}"
        if not NAME.fullmatch(name) or name.split(".")[0].lower() in _DEVICES:
            tool.problems.append(f"{path}: {NAME_RULE}; it becomes the name of a file")
        # dist/Orders.zip and dist/orders.zip are one file on Windows and macOS.
        if name.lower() in seen:
            tool.problems.append(f"{path}: differs from {seen[name.lower()]} only in its case")
        seen.setdefault(name.lower(), name)


def _check_locks(tool: Table, apps: Sequence[App]) -> None:
    for app in apps:
        taken = {app.requirements, app.sources_lock}
        if app.lock in taken:
            tool.problems.append(
                f"{tool.key_path('apps')}.{app.name}.lock: {app.lock} is another file of the app"
            )
    for one, other in combinations(apps, 2):
        where = f"{tool.key_path('apps')}.{other.name}.lock"
        if one.lock == other.lock:
            if one.python and other.python and one.python != other.python:
                tool.problems.append(
                    f"{where}: shares {one.lock} with {one.name}, whose python is {one.python}; "
                    "a lock is for one python: give this app a lock in another folder"
                )
            elif _asked(one) != _asked(other):
                tool.problems.append(
                    f"{where}: shares {one.lock} with {one.name}, which has other requirements; "
                    "give this app a lock in another folder"
                )
        elif one.sources_lock == other.sources_lock:
            tool.problems.append(
                f"{where}: {one.name} and {other.name} would both write {one.sources_lock}; "
                "give this app a lock in another folder"
            )


def _asked(app: App) -> tuple[object, ...]:
    return app.requirements, frozenset(app.groups), frozenset(app.extras)
