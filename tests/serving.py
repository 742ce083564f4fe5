"""Small Function Apps that answer calls, in Microsoft's real runtime library from the real index."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lading.core.functions.engine import EngineWish
from lading.core.functions.host import parse_function
from lading.edges.functions import Bench
from lading.edges.functions.process import FunctionsProcess
from lading.edges.sandbox import Sandbox
from tests.loading import Loader

CALL_SECONDS = 60.0
QUEUE_HOST = '{"version": "2.0", "extensionBundle": {"id": "B", "version": "[4.*, 5.0.0)"}}'


@dataclass(kw_only=True)
class Log:
    """The lines that an app printed or logged."""

    lines: list[str] = field(default_factory=list)

    def __call__(self, line: str) -> None:
        self.lines.append(line)


@contextmanager
def served(
    loader: Loader,
    files: Mapping[str, str],
    *,
    python: str = "3.13",
    wheels: tuple[Path, ...] = (),
    settings: Mapping[str, str] | None = None,
    log: Log | None = None,
) -> Iterator[FunctionsProcess]:
    """Give an app of these files and wheels that answers."""
    functions = tuple(
        parse_function(text, directory=name.partition("/")[0])
        for name, text in files.items()
        if name.endswith("/function.json")
    )
    package, proving = loader.prepare(files, python=python, wheels=wheels, settings=settings)
    assert proving.interpreter is not None
    major, minor = python.split(".")
    wish = EngineWish(model="v1" if functions else "v2", python=(int(major), int(minor)))
    bench = Bench(
        interpreter=proving.interpreter,
        engine=proving.find_engine(wish, proving.interpreter),
        enclosure=Sandbox(ambient=loader.ambient, network=True),
        store=proving.store,
        settings=proving.settings,
        ambient=proving.ambient,
        functions=functions,
        time_limit=loader.time_limit,
    )
    with FunctionsProcess(package, bench, on_log=log or Log()) as process:
        yield process
