"""The names of settings that stay with their slot, of which a write replaces every list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from lading.core.documents import as_document, table_of, texts_of

_APP, _CONNECTIONS, _STORAGES = (
    "appSettingNames",
    "connectionStringNames",
    "azureStorageConfigNames",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotNames:
    """What Azure keeps with a slot: names of settings, of connection strings, of storages."""

    app_settings: tuple[str, ...] = ()
    connection_strings: tuple[str, ...] = ()
    storages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StickyChange:
    """All names to be written, and those among them that are new."""

    names: SlotNames
    added: tuple[str, ...]


def parse_slot_names(value: object) -> SlotNames:
    """Return what Resource Manager answers for `config/slotConfigNames`; lists may be null."""
    properties = table_of(as_document(value), "properties")
    return SlotNames(
        app_settings=texts_of(properties, _APP),
        connection_strings=texts_of(properties, _CONNECTIONS),
        storages=texts_of(properties, _STORAGES),
    )


def plan_sticky(actual: SlotNames, wanted: Iterable[str]) -> StickyChange | None:
    """Return the names to write, None where nothing is missing; none is ever taken away."""
    added = tuple(name for name in wanted if name not in actual.app_settings)
    if not added:
        return None
    names = replace(actual, app_settings=(*actual.app_settings, *added))
    return StickyChange(names=names, added=added)


def slot_names_document(names: SlotNames) -> dict[str, object]:
    """Return names as Resource Manager takes them: every list, since it replaces every list."""
    lists = {
        _APP: list(names.app_settings),
        _CONNECTIONS: list(names.connection_strings),
        _STORAGES: list(names.storages),
    }
    return {"properties": lists}
