"""Microsoft's runtime library in the user's cache: fetched by hash, unpacked whole, compiled."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lading.core.errors import BuildError, LadingError
from lading.core.functions.engine import ChosenEngine, EngineWish, parse_engine, render_engine
from lading.core.lock import LockedFile
from lading.core.wheel import Wheel, plan_placement
from lading.core.wheel.identity import dist_info_folder
from lading.edges.interpreters import Interpreter
from lading.edges.processes import base_environment, run_process
from lading.edges.store import Store
from lading.edges.terminal import Progress
from lading.edges.wheels.reader import open_wheel, refusal

# Whoever changes how an engine is chosen or unpacked raises this.
_RULES = 1
_CHOICE = "engine"
_FOLDER = "engine"
_COMPILE_SECONDS = 300.0

Choose = Callable[[EngineWish], tuple[LockedFile, ...]]
Fetch = Callable[[tuple[LockedFile, ...]], tuple[Wheel, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """The library, unpacked; `key` tells it from every other one."""

    wish: EngineWish
    version: str
    folder: Path
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSource:
    """Where engines come from.

    `choose` asks the index what to take, None where nothing may be asked; `fetch` brings files by
    their hashes, or raises.
    """

    choose: Choose | None
    fetch: Fetch
    store: Store
    today: dt.date
    ambient: Mapping[str, str]
    progress: Progress


def find_engine(wish: EngineWish, interpreter: Interpreter, source: EngineSource) -> Engine:
    """Return the engine of a wish for an interpreter, fetched where the cache lacks it.

    Raises a LadingError where it is not there and cannot be had.
    """
    place = f"{_RULES} {wish.library} {interpreter.python} {interpreter.platform}"
    known = source.store.read_record(_CHOICE, place)
    chosen = parse_engine(known) if known else None
    if chosen is None or (source.choose and not chosen.is_fresh(source.today)):
        chosen = _choose(wish, place, chosen, source)
    key = _key(chosen.files, interpreter)
    folder = source.store.read_folder(_FOLDER, key) or _unpack(chosen, key, interpreter, source)
    return Engine(wish=wish, version=chosen.version, folder=folder, key=key)


def _choose(
    wish: EngineWish, place: str, before: ChosenEngine | None, source: EngineSource
) -> ChosenEngine:
    if source.choose is None:
        raise BuildError(
            f"{wish.library} is not in the store, and --offline allows no network",
            remedy="Run once without --offline.",
        )
    try:
        files = source.choose(wish)
    except LadingError as error:
        if before is None:
            raise
        source.progress.detail(f"{wish.library} {before.version} is kept: {error.message}")
        files = before.files
    chosen = ChosenEngine(files=files, chosen=source.today)
    source.store.write_record(_CHOICE, place, render_engine(chosen))
    return chosen


def _key(files: Iterable[LockedFile], interpreter: Interpreter) -> str:
    parts = [str(_RULES), interpreter.cache_tag, interpreter.version]
    parts += [f"{file.filename} {file.sha256}" for file in files]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _unpack(chosen: ChosenEngine, key: str, interpreter: Interpreter, source: EngineSource) -> Path:
    wheels = source.fetch(chosen.files)
    with source.store.new_folder(_FOLDER, key) as folder:
        for wheel in wheels:
            _unpack_wheel(wheel, folder)
        _compile(folder, interpreter, source)
    place = source.store.read_folder(_FOLDER, key)
    if place is None:  # removed in this moment
        raise BuildError(f"{chosen.files[0].filename} was removed", remedy="Run it again.")
    source.progress.detail(f"{chosen.files[0].name} {chosen.version}: unpacked")
    return place


def _unpack_wheel(wheel: Wheel, folder: Path) -> None:
    with open_wheel(wheel) as reader:
        names = {member.name: member for member in reader.members}
        dist_info = dist_info_folder(names)
        placement = plan_placement(reader.members, dist_info=dist_info[0] if dist_info else "")
        if placement.problems:
            raise refusal(wheel.filename, placement.problems)
        for placed in placement.placed:
            path = folder / placed.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(reader.read_text(placed.member))


def _compile(folder: Path, interpreter: Interpreter, source: EngineSource) -> None:
    """Compile all modules; what does not compile is compiled, and fails, when it is imported."""
    with source.store.scratch() as home:
        words = ("-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", str(folder))
        run_process(
            (*interpreter.command, *words),
            environment=base_environment(source.ambient, home=home),
            timeout=_COMPILE_SECONDS,
            folder=home,
        )
