"""`[tool.lading.targets]` as values: Function Apps in Azure, and what each is given."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from lading.core.config import Target
from lading.core.config.hosts import check_url
from lading.core.config.source_tables import read_identity
from lading.core.config.toml_tables import Table, checked_path, nearest

_KEYS = (
    "app",
    "subscription",
    "resource-group",
    "function-app",
    "settings",
    "variables",
    "sticky",
    "identity",
    "slot",
    "swap",
    "packages",
    "require-proof",
)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SETTING = re.compile(r"[A-Za-z0-9_.-]+")
# How Azure calls the app itself among its slots.
_PRODUCTION = "production"
_CONTAINER = re.compile(r"/(?:\$root|[a-z0-9](?:-?[a-z0-9]){2,62})/?")
# Azurite, which has no host for each account: there it is the path's first segment.
_LOCAL_ACCOUNT = re.compile(r"/[a-z0-9]{3,24}(?=/)")


def parse_target(name: str, table: Table) -> Target:
    """Return a target; where a value is wrong, a stand-in lets the other checks go on."""
    table.check_keys(_KEYS)
    app = table.text("app", required=True)
    subscription = table.text("subscription", required=True)
    resource_group = table.text("resource-group", required=True)
    function_app = table.text("function-app", required=True)
    settings = [checked_path(table, "settings", text) for text in table.texts("settings")]
    slot, swap = _read_slot(table)
    return Target(
        name=name,
        app=app or "",
        subscription=subscription or "",
        resource_group=resource_group or "",
        function_app=function_app or "",
        settings=tuple(path for path in settings if path is not None),
        variables=_read_variables(table),
        sticky=_read_sticky(table),
        identity=read_identity(table),
        slot=slot,
        swap=swap,
        packages=_read_container(table),
        require_proof=table.flag("require-proof"),
    )


def check_targets(tool: Table, targets: Sequence[Target]) -> None:
    """Note every target whose app is not declared."""
    apps = [name for name, _ in tool.tables("apps")]
    for target in targets:
        if target.app and target.app not in apps:
            meant = nearest(target.app, apps)
            hint = f"did you mean {meant}?" if meant else f"declared: {', '.join(apps) or 'none'}"
            tool.problems.append(
                f'{tool.key_path("targets")}.{target.name}.app: there is no app "{target.app}"; '
                f"{hint}"
            )


def _read_slot(table: Table) -> tuple[str | None, bool]:
    slot, swap = table.text("slot"), table.flag("swap") or False
    if swap and "slot" not in table:
        table.note("swap", 'a swap needs a slot: slot = "staging"')
    if slot is not None and slot.lower() == _PRODUCTION:
        table.note("slot", f'"{slot}" is what Azure calls the app itself: leave the key out')
    return slot, swap


def _read_variables(table: Table) -> tuple[str, ...]:
    variables = table.texts("variables")
    if not all(map(_VARIABLE.fullmatch, variables)):
        # What stands there may be a value that somebody did not want in a file.
        table.note("variables", "must list the names of variables, not their values")
    return tuple(dict.fromkeys(variables))


def _read_sticky(table: Table) -> tuple[str, ...]:
    names = table.texts("sticky")
    for name in names:
        if ":" in name:
            table.note("sticky", f'write "{name.replace(":", "__")}": Linux takes no colon')
        elif not _SETTING.fullmatch(name):
            table.note("sticky", "must list the names of settings, not their values")
    return tuple(dict.fromkeys(names))


def _read_container(table: Table) -> str | None:
    text = table.text("packages")
    if text is None:
        return None
    problem = check_url(text)
    if problem:
        # A query would be a signature, which is a credential.
        table.note("packages", problem)
        return None
    parts = urlsplit(text)
    is_local = parts.hostname in {"localhost", "127.0.0.1"}
    path = _LOCAL_ACCOUNT.sub("", parts.path, count=1) if is_local else parts.path
    if not _CONTAINER.fullmatch(path):
        table.note("packages", "must be a container: https://ACCOUNT.blob.core.windows.net/NAME")
        return None
    return text.rstrip("/")
