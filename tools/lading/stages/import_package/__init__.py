"""Bundle → Verdict and Findings: the package loaded by Microsoft's library, or why it was not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from json import JSONDecodeError

from lading.core.bundle import Bundle
from lading.core.checks.functions import check_indexed, host_file, no_functions
from lading.core.errors import LadingError
from lading.core.findings import Finding
from lading.core.functions import (
    Indexed,
    NotImported,
    Verdict,
    parse_indexed,
    render_indexed,
)
from lading.core.functions.engine import EngineWish
from lading.core.functions.here import lacking_here
from lading.core.functions.host import (
    FUNCTION,
    HOST,
    SCRIPT,
    SCRIPT_SETTING,
    FunctionFile,
    HostFile,
    parse_function,
    parse_host,
)
from lading.core.images import image_of
from lading.core.layer import SITE_PACKAGES
from lading.core.requirements.text_files import parse_text
from lading.core.runtimes import runtime_for
from lading.edges.functions import (
    TIME_LIMIT,
    Bench,
    Enclosure,
    Engine,
    Package,
    index_package,
    worker_text,
)
from lading.edges.functions.tree import read_text
from lading.edges.interpreters import Interpreter
from lading.edges.store import Store
from lading.edges.terminal import Progress

_KIND = "indexed"
_TARGET = "linux-x86_64"
_NATIVE = (".so", ".pyd", ".dll", ".dylib")
_EXTENSIONS = ("extensions.csproj", "bin/extensions.json")
_PACKAGE_ROOT_DEPTH = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Proving:
    """What a package is loaded with; `interpreter` None where there is none of its minor here.

    `settings` are the app settings that it is given; `time_limit` in seconds.
    """

    interpreter: Interpreter | None
    find_engine: Callable[[EngineWish, Interpreter], Engine]
    enclosure: Enclosure
    store: Store
    ambient: Mapping[str, str]
    progress: Progress
    settings: Mapping[str, str] = field(default_factory=dict)
    time_limit: float = TIME_LIMIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What came of loading a package, and what was found by it."""

    verdict: Verdict
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """How the host would read a package; `functions` are those of the v1 model."""

    host: HostFile
    wish: EngineWish
    functions: tuple[FunctionFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A package that can be loaded here: how the host would read it, and what loads it."""

    host: HostFile
    bench: Bench


def import_package(package: Package, python: str, proving: Proving) -> Imported:
    """Load a package for a Python minor such as "3.13", or say why that cannot be done here.

    The verdict on an equal package, with equal settings, is taken from the store. What cannot be
    had (an interpreter, the library) is no fault of the package and raises nothing.
    """
    prepared = prepare_import(package, python, proving)
    if isinstance(prepared, Imported):
        return prepared
    return judge_import(_index(package, prepared.bench, proving), package, prepared.host)


def prepare_import(package: Package, python: str, proving: Proving) -> Prepared | Imported:
    """Return what loads a package, or the verdict on one that is not loaded here."""
    plan = _plan(package.bundle, python, proving)
    if isinstance(plan, Imported):
        return plan
    interpreter = proving.interpreter
    if interpreter is None:
        return _not(
            f"there is no Python {python} on this machine (uv python install {python} brings one)"
        )
    if (reason := _cannot_load(package.bundle, interpreter)) is not None:
        return _not(reason)
    try:
        engine = proving.find_engine(plan.wish, interpreter)
    except LadingError as error:
        return _not(f"{plan.wish.library} could not be had: {error.message}")
    bench = Bench(
        interpreter=interpreter,
        engine=engine,
        enclosure=proving.enclosure,
        store=proving.store,
        settings=proving.settings,
        ambient=proving.ambient,
        functions=plan.functions,
        time_limit=proving.time_limit,
    )
    return Prepared(host=plan.host, bench=bench)


def judge_import(indexed: Indexed, package: Package, host: HostFile) -> Imported:
    """Return what loading a package says of it: nothing where this machine is to blame."""
    image = image_of(runtime_for(".".join(indexed.python.split(".")[:2])).image)
    lacking = lacking_here(indexed.problem, image)
    if lacking is not None:
        return _not(lacking)
    extensions = {entry.name for entry in package.bundle.entries if entry.name in _EXTENSIONS}
    findings = check_indexed(indexed, host, own_extensions=bool(extensions))
    return Imported(verdict=replace(indexed, route_prefix=host.route_prefix), findings=findings)


def _not(reason: str) -> Imported:
    return Imported(verdict=NotImported(reason=reason))


def _nothing(*findings: Finding) -> Imported:
    return Imported(verdict=NotImported(reason="there is nothing to import"), findings=findings)


def _without_host(names: Iterable[str]) -> Imported:
    # Where it lies deeper, the check of the tree says so.
    if any(name.endswith(f"/{HOST}") for name in names):
        return _nothing()
    return _nothing(host_file(HOST, "there is none at the package's root"))


def _plan(bundle: Bundle, python: str, proving: Proving) -> _Plan | Imported:
    names = {entry.name for entry in bundle.entries}
    if HOST not in names:
        return _without_host(names)
    try:
        host = _host(bundle, proving.store)
        found = _function_files(bundle, proving.store)
    except ValueError as error:
        name, _, what = str(error).partition(": ")
        line = error.__cause__.lineno if isinstance(error.__cause__, JSONDecodeError) else 0
        return _nothing(host_file(name, what, line=line))
    script = proving.settings.get(SCRIPT_SETTING, SCRIPT)
    is_second = script in names
    if not is_second and not found:
        evidence = f"it has neither {script} nor a folder with {FUNCTION}"
        if SCRIPT_SETTING not in proving.settings:
            evidence += f", and no setting {SCRIPT_SETTING} was given"
        return _nothing(no_functions(evidence))
    major, minor = python.split(".")
    wish = EngineWish(model="v2" if is_second else "v1", python=(int(major), int(minor)))
    return _Plan(host=host, wish=wish, functions=() if is_second else found)


def _host(bundle: Bundle, store: Store) -> HostFile:
    text = _text(bundle, HOST, store)
    try:
        host = parse_host(text)
    except ValueError as error:
        raise ValueError(f"{HOST}: {error}") from error
    if host.problem:
        raise ValueError(f"{HOST}: {host.problem}")
    return host


def _function_files(bundle: Bundle, store: Store) -> tuple[FunctionFile, ...]:
    """Return the functions of the v1 model: the host looks into the folders at the root."""
    found = []
    for entry in bundle.entries:
        parts = entry.name.split("/")
        if len(parts) == _PACKAGE_ROOT_DEPTH and parts[1] == FUNCTION:
            text = _text(bundle, entry.name, store)
            try:
                found.append(parse_function(text, directory=parts[0]))
            except ValueError as error:
                raise ValueError(f"{entry.name}: {error}") from error
    return tuple(one for one in found if not one.disabled)


def _text(bundle: Bundle, name: str, store: Store) -> str:
    data = read_text(bundle, name, store=store)
    if data is None:
        raise ValueError(f"{name}: there is none at the package's root")
    try:
        return parse_text(data)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _cannot_load(bundle: Bundle, interpreter: Interpreter) -> str | None:
    if interpreter.platform.startswith("win"):
        return "Windows does not load what is packed for Linux"
    if interpreter.platform == _TARGET:
        return None
    native = [
        entry.name.removeprefix(SITE_PACKAGES)
        for entry in bundle.entries
        if entry.name.endswith(_NATIVE)
    ]
    return f"{interpreter.platform} cannot load {native[0]}" if native else None


def _index(package: Package, bench: Bench, proving: Proving) -> Indexed:
    key = _key(package, bench)
    known = proving.store.read_record(_KIND, key)
    indexed = parse_indexed(known) if known is not None else None
    if indexed is not None:
        return indexed
    indexed = index_package(package, bench)
    proving.progress.detail(f"Imported in {indexed.seconds:.1f} s")
    # What failed may have failed for this machine's sake, and is tried again.
    if indexed.problem is None:
        proving.store.write_record(_KIND, key, render_indexed(indexed))
    else:
        for line in indexed.output.splitlines():
            proving.progress.detail(f"  | {line}")
    return indexed


def _key(package: Package, bench: Bench) -> str:
    parts = [
        package.bundle.content_sha256,
        hashlib.sha256(package.label).hexdigest(),
        bench.engine.wish.model,
        bench.engine.key,
        f"{bench.interpreter.path} {bench.interpreter.version}",
        hashlib.sha256(worker_text().encode()).hexdigest(),
        json.dumps(sorted(bench.settings.items())),
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
