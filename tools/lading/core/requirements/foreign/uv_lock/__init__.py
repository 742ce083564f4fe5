"""uv.lock → what it has for the target: forks, extras, groups, workspace members."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from lading.core.config.toml_tables import Table
from lading.core.requirements.foreign import Asking, Choice, holds
from lading.core.requirements.foreign.uv_lock.walk import Walk
from lading.core.requirements.lines import LineError

VERSION = 1
UPGRADE = "uv lock --upgrade"
_TOOL = "uv lock"


def parse_uv_lock(table: Mapping[str, object], asking: Asking, problems: list[str]) -> Choice:
    """Return what a uv.lock has for the target; what is wrong in it is added to `problems`."""
    root = Table(table, path="", problems=problems)
    if table.get("version") != VERSION:
        problems.append(
            f"is of version {str(table.get('version'))[:20]}, and this lading reads version "
            f"{VERSION}; write one that it reads: uv export --format pylock.toml -o pylock.toml"
        )
        return Choice(chosen=(), tool=_TOOL, upgrade=UPGRADE)
    _check_target(root, asking, problems)
    walk = Walk(root, asking, problems)
    manifest = root.table("manifest")
    return Choice(
        chosen=walk.chosen(),
        tool=_TOOL,
        upgrade=UPGRADE,
        overrides=tuple(_override(row) for row in manifest.rows("overrides")) if manifest else (),
        excludes=manifest.texts("excludes") if manifest else (),
    )


def _check_target(root: Table, asking: Asking, problems: list[str]) -> None:
    wanted = root.text("requires-python") or ""
    try:
        if not SpecifierSet(wanted).contains(asking.machine.markers["python_full_version"]):
            problems.append(f"is for Python {wanted}, and the app runs {asking.machine.python}")
    except InvalidSpecifier:
        root.note("requires-python", "is not a range of versions")
    supported = root.texts("supported-markers")
    if supported and not _any_holds(supported, asking, problems):
        problems.append(
            f"is not for {asking.machine.name}: add the platform to `environments` of [tool.uv], "
            "and lock again"
        )


def _any_holds(markers: Iterable[str], asking: Asking, problems: list[str]) -> bool:
    try:
        return any(holds(marker, asking.machine) for marker in markers)
    except LineError as error:
        problems.append(str(error))
        return False


def _override(row: Table) -> str:
    specifier, marker = row.text("specifier") or "", row.text("marker")
    return f"{row.text('name') or ''}{specifier}" + (f" ; {marker}" if marker else "")
