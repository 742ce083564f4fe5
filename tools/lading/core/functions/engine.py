"""Which library of Microsoft's stands for the worker of a Python minor, and in which version."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from lading.core.functions import Model
from lading.core.index import IndexFile
from lading.core.lock import LockedFile

# Before it, the library wants protobuf for @app.retry.
LIBRARY_VERSIONS = {"v2": SpecifierSet(">=1.1.1,<2"), "v1": SpecifierSet(">=1,<2")}
_LIBRARIES = {"v2": "azure-functions-runtime", "v1": "azure-functions-runtime-v1"}
_PURE = "-py3-none-any.whl"
# The first minor whose worker imports the library itself.
_FIRST_OWN = (3, 13)
# Azure moves on without a word; an engine that is older is looked for again where one may ask.
_FRESH = timedelta(days=30)

# What stands where on sys.path; "stdlib" is what the interpreter starts with.
IMPORT_ORDER = ("vendored", "engine", "stdlib", "package")
# The worker's default up to 3.12, outside of Consumption (PYTHON_ISOLATE_WORKER_DEPENDENCIES off).
IMPORT_ORDER_BEFORE = ("package", "vendored", "engine", "stdlib")


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineWish:
    """What is wanted: the runtime library of a model for a Python minor.

    It is taken whatever its requires-python says: it runs on 3.10 and later.
    """

    model: Model
    python: tuple[int, int]

    @property
    def library(self) -> str:
        """Return the distribution's name."""
        return _LIBRARIES[self.model]

    @property
    def is_azures_own(self) -> bool:
        """Say whether Azure's worker for this minor is the same library."""
        return self.python >= _FIRST_OWN

    @property
    def requires(self) -> tuple[str, ...]:
        """Return what it is installed with."""
        sdk = "azure-functions" if self.is_azures_own else "azure-functions<2"
        return (sdk, "azurefunctions-extensions-base") if self.model == "v2" else (sdk,)

    @property
    def import_order(self) -> tuple[str, ...]:
        """Return the order of sys.path on Azure."""
        return IMPORT_ORDER if self.is_azures_own else IMPORT_ORDER_BEFORE


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenEngine:
    """The wheels of an engine, the library first, and the day on which they were chosen."""

    files: tuple[LockedFile, ...]
    chosen: date

    @property
    def version(self) -> str:
        """Return the version of the library."""
        return self.files[0].version

    def is_fresh(self, today: date) -> bool:
        """Say whether it need not be looked for again."""
        return today - self.chosen < _FRESH


def choose_library(files: Iterable[IndexFile], wish: EngineWish) -> IndexFile | None:
    """Return the newest wheel of the library that an index offers, None where it has none."""
    allowed = LIBRARY_VERSIONS[wish.model]
    fitting = [
        (version, file)
        for file in files
        if file.filename.endswith(_PURE) and file.yanked is None
        for version in _versions(file.version)
        if allowed.contains(version, prereleases=False)
    ]
    return max(fitting, key=lambda one: one[0])[1] if fitting else None


def render_engine(engine: ChosenEngine) -> bytes:
    """Return a choice as it is kept."""
    files = [asdict(file) for file in engine.files]
    return json.dumps({"chosen": engine.chosen.isoformat(), "files": files}).encode()


def parse_engine(data: bytes) -> ChosenEngine | None:
    """Return a choice that was kept, None where it is none."""
    try:
        document: Any = json.loads(data)
        files = tuple(
            LockedFile(**{**file, "required_by": tuple(file["required_by"])})
            for file in document["files"]
        )
        chosen = date.fromisoformat(document["chosen"])
    except (ValueError, KeyError, TypeError):
        return None
    return ChosenEngine(files=files, chosen=chosen) if files else None


def _versions(text: str) -> tuple[Version, ...]:
    try:
        return (Version(text),)
    except InvalidVersion:
        return ()
