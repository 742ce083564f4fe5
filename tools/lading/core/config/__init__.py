"""`[tool.lading]` as values: Project, App, Source, Target."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from packaging.utils import canonicalize_name

from lading.core.findings import Allowance
from lading.core.identity import Identity
from lading.core.runtimes import Runtime, runtime_for
from lading.core.secret import Credential
from lading.core.slimming import Slimming

# The name under which the default index appears in locks, logs and reports.
DEFAULT_INDEX = "default"

Bytecode = Literal["auto", "required", "off"]
AuditSeverity = Literal["warning", "error"]
Advisories = Literal["index", "pypi"]
CredentialKind = Literal[
    "azure-devops",
    "github",
    "gitlab",
    "bitbucket",
    "artifactory",
    "env",
    "netrc",
    "keyring",
    "command",
    "none",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialSpec:
    """How a source's credential is obtained: `credential = "KIND[:ARGUMENT…]"`.

    `arguments` are the variables of `env`, the program and its arguments of `command`, or the OIDC
    integration of `artifactory` with the audience that it wants.
    """

    kind: CredentialKind
    arguments: tuple[str, ...] = ()

    def __str__(self) -> str:
        separator = " " if self.kind == "command" else ":"
        return ":".join(
            (self.kind, separator.join(self.arguments)) if self.arguments else (self.kind,)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSource:
    """A private index (PEP 503 / PEP 691) and the names that live there and nowhere else.

    `packages` are canonical names or patterns of them; `scope` is the URL prefix, ending in "/",
    to which the credential may be sent; `environment` the variables that a `command:` credential
    is given.
    """

    name: str
    url: str
    packages: tuple[str, ...]
    credential: CredentialSpec
    scope: str
    default: bool = False
    upload: str | None = None
    ca_bundle: str | None = None
    identity: Identity | None = None
    environment: tuple[str, ...] = ()

    def owns(self, name: str) -> bool:
        """Say whether a distribution's name is declared to live here."""
        canonical = canonicalize_name(name)
        return any(fnmatchcase(canonical, pattern) for pattern in self.packages)


@dataclass(frozen=True, slots=True, kw_only=True)
class GitSource:
    """Every Git repository under a URL prefix, which ends in "/"."""

    name: str
    url: str
    credential: CredentialSpec
    ca_bundle: str | None = None
    identity: Identity | None = None
    environment: tuple[str, ...] = ()

    @property
    def scope(self) -> str:
        """Return the URL prefix to which the credential may be sent."""
        return self.url


Source = IndexSource | GitSource


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultIndex:
    """The index for every name that no declared source owns, as pip is configured to find it.

    `url` ends in "/" and has no user information: what stood there is the `credential`; "" stands
    for the public index, whose address is looked up only where something is asked of it. `origin`
    says where the URL was read; `ignored` tells which extra indexes were found there and are never
    used, each as "where: which host".
    """

    url: str
    origin: str = "pip's default"
    credential: Credential | None = None
    ignored: tuple[str, ...] = ()

    @property
    def warning(self) -> str | None:
        """Return how to declare a credential that was found in the URL, or None without one."""
        if self.credential is None:
            return None
        return (
            f"the index URL of {self.origin} contains a credential; it is used from memory. "
            f"Better: declare the index in pyproject.toml and take it out of the URL:\n"
            f"  [tool.lading.sources.NAME]\n"
            f'  index = "{self.url}"\n'
            f"  default = true\n"
            f'  credential = "…"'
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """One Function App to build; paths are POSIX and relative to the project's root.

    `size_budget` is how many bytes its zip may have before somebody is told; `audit` how bad it is
    that something in it is known to be vulnerable.
    """

    name: str
    folder: str
    requirements: str
    python: str
    lock: str
    groups: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    bytecode: Bytecode = "auto"
    audit: AuditSeverity = "warning"
    size_budget: int | None = None
    slimming: Slimming = Slimming()  # noqa: RUF009 - a frozen value
    allow: tuple[Allowance, ...] = ()

    @property
    def runtime(self) -> Runtime:
        """Return the runtime that the app is built for."""
        return runtime_for(self.python)

    @property
    def sources_lock(self) -> str:
        """Return the path of the lock's second file, beside the first."""
        return str(Path(self.lock).parent.joinpath("sources.lock").as_posix())

    def path_of(self, name: str) -> str:
        """Return the path of one of the app's files, which it has under its folder's name."""
        return posixpath.normpath(posixpath.join(self.folder, name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One Function App in Azure.

    `variables` are those of the environment that its settings files may name as `${NAME}`; `sticky`
    the settings that stay with their slot when slots are swapped; `packages` the URL of a container
    where the deploying identity may keep packages.
    """

    name: str
    app: str
    subscription: str
    resource_group: str
    function_app: str
    settings: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    sticky: tuple[str, ...] = ()
    identity: Identity | None = None
    slot: str | None = None
    swap: bool = False
    packages: str | None = None
    require_proof: bool | None = None

    def wants_proof(self, *, in_ci: bool) -> bool:
        """Say whether only a package that was imported may go there, as is the default in CI."""
        return in_ci if self.require_proof is None else self.require_proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Everything that `[tool.lading]` says.

    `advisories` is who is asked for the known vulnerabilities of public names: the index that they
    come from, or PyPI.
    """

    root: Path
    apps: tuple[App, ...]
    sources: tuple[Source, ...] = ()
    targets: tuple[Target, ...] = ()
    identity: Identity | None = None
    cloud: str = "public"
    advisories: Advisories = "index"

    @property
    def index_sources(self) -> tuple[IndexSource, ...]:
        """Return the declared private indexes."""
        return tuple(source for source in self.sources if isinstance(source, IndexSource))

    @property
    def git_sources(self) -> tuple[GitSource, ...]:
        """Return the declared Git prefixes."""
        return tuple(source for source in self.sources if isinstance(source, GitSource))

    @property
    def default_source(self) -> IndexSource | None:
        """Return the source that is declared to be the one index for everything, if any."""
        return next((source for source in self.index_sources if source.default), None)

    def index_of(self, name: str) -> IndexSource | None:
        """Return the one source that may serve a name, or None for the default index."""
        for source in self.index_sources:
            if source.owns(name):
                return source
        return self.default_source

    def git_source_of(self, url: str) -> GitSource | None:
        """Return the source whose prefix covers an https URL, the longest prefix first."""
        # A source may be one repository: its URL is then the prefix without the "/".
        folder = url if url.endswith("/") else f"{url}/"
        candidates = [source for source in self.git_sources if folder.startswith(source.url)]
        return max(candidates, key=lambda source: len(source.url), default=None)
