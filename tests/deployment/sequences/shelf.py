"""The packages that sequences deploy: each written once, and known by its hash wherever it runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

from lading.edges.store import Store
from tests.deployment.conftest import APP, content_of

# The line by which an app opts in to say what it runs; without it nobody can ask it.
LABEL_ROUTE = '@app.route(route="lading")'
_MUTE_ROUTE = '@app.route(route="about")'
_MORE = """

@app.timer_trigger(arg_name="timer", schedule="0 0 4 * * *")
def yearly(timer: func.TimerRequest) -> None: ...
"""
_ROUTES = {"price": "price", "label": "lading"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A package on the shelf; `content` is "" where it is not lading's."""

    name: str
    path: Path
    sha256: str
    content: str = ""


class Shelf:
    """Packages by their names."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._store = Store(folder / "store")
        self._items: dict[str, Item] = {}

    def item(self, number: int, *, speaks: bool) -> Item:
        """Return a package of lading's; `speaks` says whether its app tells what it runs."""
        name = f"p{number}{'' if speaks else '-mute'}"
        code = APP if speaks else APP.replace(LABEL_ROUTE, _MUTE_ROUTE)
        functions = ["price", "label", "nightly"]
        if number % 2:
            code, functions = f"{code}{_MORE}", [*functions, "yearly"]
        if name not in self._items:
            self._items[name] = self._write(name, code)
            self._describe(self._items[name], functions, speaks=speaks)
        return self._items[name]

    def strange(self, number: int) -> Item:
        """Return a package that somebody else made: it does not say what it is."""
        name = f"strange{number}"
        if name not in self._items:
            path = self._zip(name, APP)
            self._items[name] = Item(name=name, path=path, sha256=sha256_of(path))
        return self._items[name]

    @property
    def by_sha256(self) -> Mapping[str, Item]:
        """Return every package that there is."""
        return {item.sha256: item for item in self._items.values()}

    @property
    def by_content(self) -> Mapping[str, Item]:
        """Return every package of lading's."""
        return {item.content: item for item in self._items.values() if item.content}

    def _write(self, name: str, code: str) -> Item:
        path = self._zip(name, code)
        content = content_of(path, self._store)
        label = {"schema": "lading/label/1", "content_sha256": content, "python": "3.13"}
        with ZipFile(path, "a") as archive:
            archive.writestr("lading.json", json.dumps(label))
        return Item(name=name, path=path, sha256=sha256_of(path), content=content)

    def _zip(self, name: str, code: str) -> Path:
        path = self._folder / f"{name}.zip"
        with ZipFile(path, "w") as archive:
            archive.writestr("host.json", '{"version": "2.0"}')
            archive.writestr("function_app.py", f"{code}# {name}\n")
        return path

    def _describe(self, item: Item, functions: list[str], *, speaks: bool) -> None:
        """Write the bill of lading beside a package, as far as a deployment reads it."""
        routes = _ROUTES if speaks else _ROUTES | {"label": "about"}
        rows = []
        for name in functions:
            binding = {"type": "timerTrigger", "name": "timer", "direction": "in"}
            if name in routes:
                binding = {"type": "httpTrigger", "name": "req", "route": routes[name]}
            rows.append({"name": name, "script": "function_app.py", "bindings": [binding]})
        report = {
            "schema": "lading/build-report/1",
            "python": "3.13",
            "artifact": {
                "path": item.path.name,
                "sha256": item.sha256,
                "content_sha256": item.content,
                "size": item.path.stat().st_size,
            },
            "verdict": {"imported": True, "functions": rows},
        }
        item.path.with_suffix(".json").write_text(json.dumps(report))


def sha256_of(path: Path) -> str:
    """Return the hash of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
