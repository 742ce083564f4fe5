"""What an app of the corpus is: its files, who packs it, and what must be said of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from local_sources.faults import Fault

# A function where a real file has to be read first, or where the run alone knows the text.
Content = str | bytes | Callable[[], bytes]
Files = Mapping[str, Content]
# Stands for a token of the run, which is new in every run.
TOKEN = "@the token of this run@"

VENDORED = ".python_packages/lib/site-packages/"
HOST = '{"version": "2.0"}\n'
BUNDLE = (
    '{"version": "2.0", "extensionBundle":'
    ' {"id": "Microsoft.Azure.Functions.ExtensionBundle", "version": "[4.*, 5.0.0)"}}\n'
)
# As AsgiFunctionApp and WsgiFunctionApp want it.
NO_PREFIX = '{"version": "2.0", "extensions": {"http": {"routePrefix": ""}}}\n'
V2 = "import azure.functions as func\n\napp = func.FunctionApp()\n"
HEALTH = """

@app.route(route="health", methods=["GET"])
def health(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("ok")
"""


def app(*lines: str, host: str = HOST, code: str = V2 + HEALTH, **more: Content) -> Files:
    """Return an app of the v2 model whose file begins with these lines; `more` by name."""
    head = "".join(f"{line}\n" for line in lines)
    return {"host.json": host, "function_app.py": head + code, **more}


def vendored(files: Files) -> Files:
    """Return files as they lie in the vendored folder."""
    return {VENDORED + name: content for name, content in files.items()}


def installed(name: str, version: str, files: Files | None = None) -> Files:
    """Return what an installer leaves of a distribution, in the vendored folder."""
    folder = f"{name.replace('-', '_')}-{version}.dist-info"
    names = [*(files or {}), f"{folder}/METADATA", f"{folder}/RECORD"]
    told = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    record = "".join(f"{one},,\n" for one in names)
    return vendored({**(files or {}), f"{folder}/METADATA": told, f"{folder}/RECORD": record})


@dataclass(frozen=True, kw_only=True)
class Packed:
    """A zip that another tool made, and the Python that it is for."""

    files: Files
    python: str = "3.13"


@dataclass(frozen=True, kw_only=True)
class Offered:
    """A distribution on an index."""

    name: str
    version: str = "1.0"
    files: Files = field(default_factory=dict)
    requires: tuple[str, ...] = ()
    tag: str = "py3-none-any"


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project, and what its user types.

    `offered` is on the private index, whose names begin with acme-, and `public` on the other one.
    `first` went well; then `changed` was written, and `added` put into the finished zip. `fault` is
    what is wrong with the private index; `advisories` are what the public one knows of names and
    versions, None where it knows nothing of any. `beside` are files from the project's root,
    `variables` in the user's environment.
    """

    files: Files = field(default_factory=app)
    requirements: str | bytes = "azure-functions\n"
    python: str = "3.13"
    configuration: str = ""
    offered: tuple[Offered, ...] = ()
    public: tuple[Offered, ...] = ()
    beside: Files = field(default_factory=dict)
    words: tuple[str, ...] = ("build",)
    first: tuple[str, ...] = ()
    changed: Files = field(default_factory=dict)
    added: Files = field(default_factory=dict)
    fault: Fault | None = None
    advisories: Mapping[tuple[str, str], list[dict[str, object]]] | None = None
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """An end before there is a package: exit code, and words that say why."""

    exit_code: int
    says: str


@dataclass(frozen=True, kw_only=True)
class Broken:
    """An app that does not work, or should be known of, and what must be said: that, no more.

    `number` is the case in the list of what users suffer, None for what no list tells. `gives` are
    severities with codes of findings.
    """

    number: int | None
    what: str
    gives: tuple[str, ...] | Refusal
    made: Packed | Project


@dataclass(frozen=True, kw_only=True)
class Healthy:
    """An app that works. `told` are warnings that are true of it; `slow` takes its time.

    `wants` is a library of Azure's image without which a machine cannot import it.
    """

    what: str
    made: Project
    told: frozenset[str] = frozenset()
    number: int | None = None
    slow: bool = False
    wants: str = ""


def packed(number: int | None, what: str, gives: str, files: Files, python: str = "3.13") -> Broken:
    """Return a broken package of another tool, which has one finding."""
    return Broken(number=number, what=what, gives=(gives,), made=Packed(files=files, python=python))
