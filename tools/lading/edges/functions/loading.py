"""What both programs in the target's interpreter share: how a package is loaded, and what is told.

`worker` loads it and ends; `serving` goes on and answers calls. They are given to `-c` as one text
with this one and know nothing of lading. They run on every Python that Azure has, and drive
Microsoft's runtime library as Azure's proxy worker does, with stand-ins for the messages that the
library builds: it needs neither gRPC nor protobuf.

What the app prints is not the answer: standard output is put aside before the app is imported, and
everything that is written to it or to standard error later goes to standard error.
"""

from __future__ import annotations

import faulthandler
import importlib
import json
import os
import sys
import types
from collections.abc import Iterator
from typing import Any

MOST_FRAMES = 12
MOST_TEXT = 4000
MOST_CHAIN = 8
ONLY_LOOK = ("__contains__", "pop", "setdefault")
VENDORED = os.path.join(".python_packages", "lib", "site-packages")
LIBRARIES = {"v1": "azure_functions_runtime_v1", "v2": "azure_functions_runtime"}


class Message:
    """Stands in for a protobuf message: what was not set reads as None."""

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update({name: value for name, value in fields.items() if value is not None})

    def __getattr__(self, name: str) -> Any:
        if name[:1].islower():
            return None
        raise AttributeError(name)


class StatusResult(Message):
    """The status of a reply."""

    Failure = 0
    Success = 1


class BindingInfo(Message):
    """A binding, with the directions and the data type that the library compares with."""

    inout = 2
    out = 1
    undefined = 0


class RpcException(Message):
    """Made by the library where it handles the app's exception, which is at hand then."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)
        self.raised = sys.exc_info()[1]


class Protos:
    """Stands in for the module with all messages."""

    StatusResult = StatusResult
    BindingInfo = BindingInfo
    RpcException = RpcException

    def __getattr__(self, name: str) -> Any:
        return Message


class Wanted(dict):  # type: ignore[type-arg]
    """The environment's own table, which notes what was asked for in vain, and by whom."""

    def __init__(self, values: Any, root: str) -> None:
        super().__init__(values)
        self.root = root
        self.missing: dict[str, tuple[str, int]] = {}

    def __missing__(self, key: Any) -> Any:
        name = os.fsdecode(key)
        frame = sys._getframe(1)
        while frame.f_back is not None and is_standard(frame.f_code.co_filename):
            # With a default of its own the app can do without, and who only looks is not hurt.
            default = frame.f_locals.get("default")
            is_empty = default is None or (isinstance(default, str) and not default)
            if not is_empty or frame.f_code.co_name in ONLY_LOOK:
                raise KeyError(key)
            frame = frame.f_back
        place = (own_name(frame.f_code.co_filename, self.root), frame.f_lineno)
        self.missing.setdefault(name, place if place[0] else ("", 0))
        raise KeyError(key)


def is_standard(filename: str) -> bool:
    """Say whether a frame is of the module that reads the environment."""
    base = os.path.basename(filename)
    return filename in ("<frozen os>", "<frozen _collections_abc>") or base in (
        "os.py",
        "_collections_abc.py",
    )


def own_name(filename: str, root: str) -> str:
    """Return a file's name from the package's root, "" for one that is not the app's own."""
    path = os.path.join(root, filename)
    # A text that was compiled, or the interpreter's own part, is no file: <string>, <frozen os>.
    if filename.startswith("<") or not path.startswith(root + os.sep):
        return ""
    name = path[len(root) + 1 :]
    return "" if name.startswith(".python_packages") else name.replace(os.sep, "/")


def frames_of(error: BaseException) -> Iterator[tuple[str, int, str]]:
    """Give file, line and function of each frame that an exception passed, the innermost last."""
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        yield code.co_filename, trace.tb_lineno, code.co_name
        trace = trace.tb_next


def chain_of(error: BaseException) -> list[BaseException]:
    """Return an exception and what led to it, without the copy that the library raises."""
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain and len(chain) < MOST_CHAIN:
        chain.append(current)
        hidden = current.__suppress_context__ and current.__cause__ is None
        current = current.__cause__ or (None if hidden else current.__context__)
    first = chain[0]
    copied = isinstance(first, ImportError) and first.name is None and len(chain) > 1
    if copied and type(chain[1]) is type(first) and str(first).startswith(str(chain[1])[:-1]):
        del chain[0]
    return chain


def text_of(error: BaseException) -> str:
    """Return an exception's message, whatever its own code does."""
    try:
        # Microsoft's library leaves its words and what belongs into them side by side.
        words, *values = error.args or ("",)
        is_divided = isinstance(words, str) and values and words.count("%s") == len(values)
        return (words % tuple(values) if is_divided else str(error))[:MOST_TEXT]
    except Exception as inner:  # noqa: BLE001 - it is the app that wrote its __str__
        return f"its message cannot be shown ({type(inner).__name__})"


def describe(error: BaseException, root: str) -> dict[str, Any]:
    """Return what is to be known of an exception that stopped the import."""
    chain = chain_of(error)
    first = chain[0]
    file, line = place_of(first, root)
    module = first.name if isinstance(first, ModuleNotFoundError) else None
    message = text_of(first).replace(root + os.sep, "")
    if isinstance(first, SystemExit):
        message = f"the app ended the interpreter at import, with {first.code!r}"
    return {
        "error": type(first).__name__,
        "message": message,
        "file": file,
        "line": line,
        "module": module or "",
        "chain": [
            {
                "types": [f"{kind.__module__}.{kind.__qualname__}" for kind in type(one).__mro__],
                "message": text_of(one),
                "frames": [
                    f"{file}:{at} {function}"
                    for file, at, function in list(frames_of(one))[-MOST_FRAMES:]
                ],
            }
            for one in chain
        ],
    }


def place_of(error: BaseException, root: str) -> tuple[str, int]:
    """Return file and line where the app's own code was left last."""
    if isinstance(error, SyntaxError) and error.filename:
        name = own_name(error.filename, root)
        if name:
            return name, error.lineno or 0
    places = [(own_name(file, root), line) for file, line, _ in frames_of(error)]
    own = [place for place in places if place[0]]
    return own[-1] if own else ("", 0)


class Loaded:
    """What the library made of a package: its functions, or the exception that stopped it."""

    def __init__(self, library: Any) -> None:
        self.library = library
        self.functions: list[dict[str, Any]] = []
        self.ids: dict[str, str] = {}
        self.capabilities: dict[str, str] = {}
        self.problem: BaseException | None = None


async def load(order: dict[str, Any], root: str, protos: Protos) -> Loaded:
    """Let the library load the package; whatever stops it is told, not raised."""
    loaded = Loaded(None)
    try:
        loaded.library = importlib.import_module(LIBRARIES[order["model"]])
        await index(loaded, order, root, protos)
    except BaseException as error:  # noqa: BLE001 - sys.exit() at import is one of them
        loaded.problem = error
    return loaded


async def index(loaded: Loaded, order: dict[str, Any], root: str, protos: Protos) -> None:
    """Ask the library for the package's functions."""
    init = Message(capabilities={}, function_app_directory=root)
    request = types.SimpleNamespace(
        request=Message(worker_init_request=init),
        properties={"protos": protos, "host": "127.0.0.1"},
    )
    loaded.library.start_threadpool_executor()
    reply = await loaded.library.worker_init_request(request)
    loaded.problem = raised_by(reply)
    loaded.capabilities = reply.capabilities or {}
    if loaded.problem is not None:
        # With streaming it also starts a server, for which there is no network in a sandbox.
        if order["serving"] or type(loaded.problem).__name__ != "HttpServerInitError":
            return
        loaded.problem = None
    if order["model"] == "v1":
        await load_each(loaded, order["functions"], root)
        return
    found = await loaded.library.functions_metadata_request(request)
    for one in found.function_metadata_results or ():
        loaded.ids[one.name] = one.function_id
        script = os.path.relpath(os.path.join(root, one.script_file or ""), root)
        bindings = [json.loads(binding) for binding in one.raw_bindings or ()]
        loaded.functions.append({"name": one.name, "script": script, "bindings": bindings})


async def load_each(loaded: Loaded, functions: list[dict[str, Any]], root: str) -> None:
    """Load functions of the v1 model, each by its function.json."""
    directions = {"out": BindingInfo.out, "inout": BindingInfo.inout, "in": BindingInfo.undefined}
    for one in functions:
        bindings = {
            binding["name"]: BindingInfo(
                type=binding["type"],
                direction=directions[binding["direction"]],
                data_type=BindingInfo.undefined,
            )
            for binding in one["bindings"]
        }
        metadata = Message(
            name=one["name"],
            directory=os.path.join(root, one["directory"]),
            script_file=os.path.join(root, one["script"]),
            entry_point=one["entry_point"],
            bindings=bindings,
        )
        request = Message(function_id=one["name"], metadata=metadata)
        reply = await loaded.library.function_load_request(
            types.SimpleNamespace(request=Message(function_load_request=request))
        )
        loaded.problem = raised_by(reply)
        if loaded.problem is not None:
            return
        loaded.ids[one["name"]] = one["name"]
    loaded.functions = functions


def raised_by(reply: Any) -> BaseException | None:
    """Return the exception that a reply tells of, None where all went well."""
    result = reply.result
    if result is None or result.status == StatusResult.Success or result.exception is None:
        return None
    raised: BaseException | None = result.exception.raised
    return raised or RuntimeError(result.exception.message)


def answer_to(order: dict[str, Any], loaded: Loaded, root: str, wanted: Wanted) -> dict[str, Any]:
    """Return the answer to an order."""
    sdk = sys.modules.get("azure.functions")
    library = sys.modules.get(LIBRARIES[order["model"]] + ".version")
    told = os.path.abspath(getattr(sdk, "__file__", None) or "")
    inside = told.startswith(os.path.join(root, VENDORED) + os.sep)
    return {
        "nonce": order["nonce"],
        "model": order["model"],
        "python": ".".join(map(str, sys.version_info[:3])),
        "runtime": str(getattr(library, "VERSION", "")),
        "sdk": str(getattr(sdk, "__version__", "")),
        "sdk_from": "package" if inside else "engine",
        "functions": [] if loaded.problem else loaded.functions,
        "problem": None if loaded.problem is None else describe(loaded.problem, root),
        "missing": [
            {"name": name, "file": file, "line": line}
            for name, (file, line) in wanted.missing.items()
        ],
    }


def put_aside() -> int:
    """Keep the way of the answers from the app, and return it."""
    answers = os.dup(1)
    os.dup2(2, 1)
    faulthandler.enable(2)
    return answers


def take_place(order: dict[str, Any]) -> Wanted:
    """Stand where a worker on Azure stands, and return what the app will ask for in vain."""
    root = order["root"]
    os.chdir(root)
    places = {"package": root, "vendored": os.path.join(root, VENDORED), "engine": order["engine"]}
    sys.path[:] = [
        entry
        for name in order["path"]
        for entry in ([places[name]] if name in places else list(sys.path))
    ]
    sys.argv[:] = ["worker.py"]
    # Unchecked bytecode comes with the package; what is compiled here is nobody's.
    sys.dont_write_bytecode = True
    wanted = Wanted(os.environ._data, root)  # type: ignore[attr-defined]
    # Both views are of one table.
    for view in ("environ", "environb"):
        if hasattr(os, view):
            getattr(os, view)._data = wanted
    return wanted


def send(way: int, data: bytes) -> None:
    """Write everything, however little a pipe takes at once."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(way, rest) :]
