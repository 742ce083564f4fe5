"""`[tool.lading.sources]` as values: where private things come from and what opens it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import get_args

from packaging.utils import canonicalize_name

from lading.core.config import (
    DEFAULT_INDEX,
    CredentialKind,
    CredentialSpec,
    GitSource,
    IndexSource,
    Source,
)
from lading.core.config.hosts import (
    check_url,
    index_scope,
    index_upload,
    normalise_url,
    suggest_credential,
)
from lading.core.config.toml_tables import Table, nearest
from lading.core.identity import Identity, parse_identity

_SHARED_KEYS = frozenset({"credential", "ca-bundle", "identity", "environment"})
_GIT_KEYS = _SHARED_KEYS | {"git"}
_INDEX_KEYS = _SHARED_KEYS | {"index", "packages", "default", "upload", "scope"}
_KINDS: tuple[CredentialKind, ...] = get_args(CredentialKind)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PATTERN = re.compile(r"[A-Za-z0-9*?](?:[A-Za-z0-9._*?-]*[A-Za-z0-9*?])?")
_ENV_ARGUMENTS = (1, 2)
_SIGNS_IN = frozenset({"azure-devops", "artifactory"})
_ENTRA_OPENS = 'tokens of Entra ID open Azure DevOps: credential = "azure-devops"'
_PROVIDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_AUDIENCE = re.compile(r"[\x21-\x7e]{1,256}")
# What a source may be called: it appears in lock files, reports and file names.
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
NAME_RULE = "a name consists of letters, digits, and . _ - between them"


def parse_sources(tool: Table, *, root: Path) -> tuple[Source, ...]:
    """Return the declared sources, and note every mistake in and between them."""
    sources: list[Source] = []
    for name, table in tool.tables("sources"):
        if not NAME.fullmatch(name):
            tool.problems.append(f"{table.path}: {NAME_RULE}")
        if name == DEFAULT_INDEX:
            tool.problems.append(
                f'{table.path}: "{DEFAULT_INDEX}" is the name of the index that is not declared; '
                "choose another"
            )
        source = _parse_source(name, table, root=root)
        if source is not None:
            sources.append(source)
    _check_sources(tool, sources)
    return tuple(sources)


def parse_credential(text: str) -> CredentialSpec:
    """Return what `credential = …` says; raise ValueError, which never quotes the text.

    The text is not quoted because the usual mistake is a token written where its kind belongs.
    """
    kind_text, colon, argument = text.partition(":")
    kind = next((known for known in _KINDS if known == kind_text), None)
    if kind is None:
        meant = nearest(kind_text, _KINDS)
        hint = f"did you mean {meant}?" if meant else f"one of {', '.join(_KINDS)}"
        message = f"not a kind of credential; {hint} (a token itself never belongs here)"
        raise ValueError(message)
    if kind == "env":
        variables = tuple(argument.split(":"))
        if len(variables) not in _ENV_ARGUMENTS or not all(map(_VARIABLE.fullmatch, variables)):
            message = "write env:PASSWORD_VAR or env:USER_VAR:PASSWORD_VAR, the names of variables"
            raise ValueError(message)
        return CredentialSpec(kind=kind, arguments=variables)
    if kind == "command":
        return CredentialSpec(kind=kind, arguments=_command_words(argument))
    if kind == "artifactory" and colon:
        return CredentialSpec(kind=kind, arguments=_provider(argument))
    if colon:
        message = f"{kind} takes nothing after a colon"
        raise ValueError(message)
    return CredentialSpec(kind=kind)


def _provider(text: str) -> tuple[str, ...]:
    """Return the OIDC integration, and the audience where one is given; that may be a URL."""
    provider, colon, audience = text.partition(":")
    if not _PROVIDER.fullmatch(provider) or (colon and not _AUDIENCE.fullmatch(audience)):
        message = (
            "write artifactory:PROVIDER or artifactory:PROVIDER:AUDIENCE, as they are called in "
            "JFrog's OIDC integration"
        )
        raise ValueError(message)
    return (provider, audience) if colon else (provider,)


def _command_words(text: str) -> tuple[str, ...]:
    lexer = shlex.shlex(text, posix=True, punctuation_chars=False)
    lexer.whitespace_split = True
    lexer.commenters = ""
    # A backslash separates folders on Windows; quotes are enough for everything else.
    lexer.escape = ""
    try:
        words = tuple(lexer)
    except ValueError:
        words = ()
    if not words:
        message = "write command:PROGRAM ARGS…, with closed quotes"
        raise ValueError(message)
    return words


def _parse_source(name: str, table: Table, *, root: Path) -> Source | None:
    """Return a source; where a value is wrong, a stand-in lets the other checks go on."""
    if ("index" in table) == ("git" in table):
        table.problems.append(
            f"{table.path}: must have either index = … or git = …, one of the two"
        )
        table.check_keys(_INDEX_KEYS | _GIT_KEYS)
        return None
    is_git = "git" in table
    for key in sorted(_INDEX_KEYS - _GIT_KEYS if is_git else ()):
        if key in table:
            table.note(key, "only an index has this")
    table.check_keys(_INDEX_KEYS | _GIT_KEYS)
    url = _read_url(table, "git" if is_git else "index")
    known = len(table.problems)
    credential = _read_credential(table, url)
    if "identity" in table and credential.kind not in _SIGNS_IN and len(table.problems) == known:
        table.note("identity", f"nothing signs in for this credential; {_ENTRA_OPENS}")
    environment = _read_environment(table, credential)
    ca_bundle = table.text("ca-bundle")
    # A CA bundle may well lie outside of the project, where the machine's owner keeps it.
    bundle = None if ca_bundle is None else str(root / ca_bundle)
    if is_git:
        return GitSource(
            name=name,
            url=url,
            credential=credential,
            ca_bundle=bundle,
            identity=read_identity(table),
            environment=environment,
        )
    return IndexSource(
        name=name,
        url=url,
        packages=_read_packages(table),
        credential=credential,
        scope=_read_scope(table, url),
        default=table.flag("default") or False,
        upload=_read_upload(table, url),
        ca_bundle=bundle,
        identity=read_identity(table),
        environment=environment,
    )


def read_identity(table: Table) -> Identity | None:
    """Return a table's `identity`, or note why it is none."""
    text = table.text("identity")
    if text is None:
        return None
    try:
        return parse_identity(text)
    except ValueError as error:
        table.note("identity", str(error))
        return None


def _read_url(table: Table, key: str) -> str:
    """Return the URL in its one spelling, ending in "/"; empty where it is wrong."""
    text = table.text(key, required=True)
    if text is None:
        return ""
    problem = check_url(text)
    if problem:
        table.note(key, problem)
        return ""
    return normalise_url(text).rstrip("/") + "/"


def _read_credential(table: Table, url: str) -> CredentialSpec:
    text = table.text("credential")
    if text is None:
        if "credential" not in table:
            usual = suggest_credential(url) or "none"
            table.note("credential", f'is missing; write "{usual}", or what opens it')
        return CredentialSpec(kind="none")
    try:
        return parse_credential(text)
    except ValueError as error:
        table.note("credential", str(error))
        return CredentialSpec(kind="none")


def _read_environment(table: Table, credential: CredentialSpec) -> tuple[str, ...]:
    variables = table.texts("environment")
    if variables and credential.kind != "command":
        table.note("environment", "only a `command:` credential is given variables")
    if not all(map(_VARIABLE.fullmatch, variables)):
        table.note("environment", "must list the names of variables, not their values")
    return variables


def _read_packages(table: Table) -> tuple[str, ...]:
    known = len(table.problems)
    patterns = table.texts("packages")
    if not patterns and not table.flag("default") and len(table.problems) == known:
        table.note(
            "packages",
            "is missing: list the names that live here, or write default = true for an index "
            "that serves everything",
        )
    canonical: list[str] = []
    for pattern in patterns:
        if not _PATTERN.fullmatch(pattern):
            table.note("packages", "must list names of packages, or patterns with * and ?")
        elif not pattern.strip("*?-._"):
            table.note("packages", f'"{pattern}" is every package: write default = true')
        else:
            canonical.append(canonicalize_name(pattern))
    return tuple(dict.fromkeys(canonical))


def _read_scope(table: Table, index: str) -> str:
    scope = _read_url(table, "scope") if "scope" in table else ""
    if not scope:
        return index_scope(index)
    if not index.startswith(scope):
        table.note("scope", "must be a beginning of the index's URL: the credential opens it")
    return scope


def _read_upload(table: Table, index: str) -> str | None:
    text = table.text("upload")
    if text is None:
        return index_upload(index)
    problem = check_url(text)
    if problem:
        table.note("upload", problem)
        return None
    return normalise_url(text)


def _check_sources(tool: Table, sources: Sequence[Source]) -> None:
    defaults = [
        source.name for source in sources if isinstance(source, IndexSource) and source.default
    ]
    if len(defaults) > 1:
        tool.problems.append(
            f"{tool.key_path('sources')}: {' and '.join(defaults)} both say default = true; "
            "only one index can serve everything"
        )
    for one, other in combinations(sources, 2):
        if (
            isinstance(one, GitSource)
            and isinstance(other, GitSource)
            and one.url == other.url != ""
        ):
            tool.problems.append(
                f"{tool.key_path('sources')}: {one.name} and {other.name} declare the same "
                f"prefix {one.url}"
            )
        if isinstance(one, IndexSource) and isinstance(other, IndexSource):
            _check_overlap(tool, one, other)


def _check_overlap(tool: Table, one: IndexSource, other: IndexSource) -> None:
    for mine in one.packages:
        for theirs in other.packages:
            if patterns_overlap(mine, theirs):
                tool.problems.append(
                    f'{tool.key_path("sources")}: "{mine}" of {one.name} and "{theirs}" of '
                    f"{other.name} overlap; a name can have one home only"
                )


@cache
def patterns_overlap(one: str, other: str) -> bool:
    """Say whether some name is matched by both patterns (`*` any text, `?` one character)."""
    if not one or not other:
        return not (one or other).strip("*")
    if one[0] == "*":
        return patterns_overlap(one[1:], other) or patterns_overlap(one, other[1:])
    if other[0] == "*":
        return patterns_overlap(one, other[1:]) or patterns_overlap(one[1:], other)
    return (one[0] == other[0] or "?" in {one[0], other[0]}) and patterns_overlap(
        one[1:], other[1:]
    )
