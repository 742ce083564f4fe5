"""App settings: what a target's files want, and what an app has. No value is ever shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lading.core.documents import as_document, table_of
from lading.core.secret import Secret

# The setting in which a release writes down which settings came from its files, so that a later
# one can tell what it may take away from what belongs to somebody else. It holds names, and is
# written together with them: it cannot say anything else than what was written.
RECORD = "LADING_SETTINGS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting that a file wants; `origin` is "FILE:LINE"."""

    name: str
    value: Secret
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredSettings:
    """What a target's files say, by name; the names that stay with a slot; what is worth a word."""

    settings: tuple[Setting, ...] = ()
    sticky: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """Return the names that the files have."""
        return frozenset(setting.name for setting in self.settings)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSettings:
    """All settings that an app has, at one time."""

    values: Mapping[str, Secret] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        """Return one value in the clear, None where there is no such setting.

        It is for settings that say how an app is run, which lading reads and which are no secrets.
        """
        value = self.values.get(name)
        return None if value is None else value.reveal()

    @property
    def recorded(self) -> frozenset[str]:
        """Return the names that an earlier release wrote down as its own."""
        return frozenset(filter(None, (self.text(RECORD) or "").split(",")))


def parse_app_settings(value: object) -> AppSettings | None:
    """Return what Resource Manager answers to `config/appsettings/list`, None for anything else."""
    document = as_document(value)
    if not isinstance(document.get("properties"), dict):
        return None
    properties = table_of(document, "properties")
    return AppSettings(
        values={
            name: Secret(text if isinstance(text, str) else "") for name, text in properties.items()
        }
    )


def join_names(names: frozenset[str]) -> str:
    """Return names as the record holds them."""
    return ",".join(sorted(names))
