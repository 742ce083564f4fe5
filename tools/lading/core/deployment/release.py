"""A release: what should run at a target, its package and its settings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from lading.core.config import Target
from lading.core.deployment.state import ListedFunction
from lading.core.documents import (
    Document,
    as_document,
    number_of,
    parse_json,
    rows_of,
    table_of,
    text_of,
)
from lading.core.errors import UsageError
from lading.core.findings import Finding
from lading.core.functions import FunctionFacts, Indexed, function_facts, parse_bindings
from lading.core.problems import IN_CONFIGURATION, IN_PACKAGE, Problem
from lading.core.settings import DesiredSettings
from lading.core.verification import Verification

_REPORT = "lading/build-report/1"
# The route by which an app says what it runs, where it opted in.
LABEL_ROUTE = "lading"


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """An artifact, as its bill of lading or its verification describes it.

    `size` in bytes; `functions` are those that verification saw, () where it was not imported, and
    `unproven` says why it was not; `refused` has the codes of findings that forbid it; `answers`
    says whether the app itself can be asked what it runs; `commit` is "" outside Git.
    """

    path: str
    sha256: str
    content_sha256: str
    size: int
    python: str
    functions: tuple[str, ...] = ()
    unproven: str = ""
    refused: tuple[str, ...] = ()
    answers: bool = False
    commit: str = ""

    @property
    def imported(self) -> bool:
        """Say whether it was imported before it leaves."""
        return not self.unproven

    @property
    def short(self) -> str:
        """Return by what a person knows it."""
        return self.content_sha256[:12]


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What should run at a target; `must_be_proven` that only an imported package may go there."""

    target: Target
    package: Package
    settings: DesiredSettings
    must_be_proven: bool = False


def parse_report(text: str, *, name: str) -> Package:
    """Return the package of a bill of lading, the file `name`; raises UsageError for another."""
    document = as_document(parse_json(text))
    artifact = table_of(document, "artifact")
    content = text_of(artifact, "content_sha256")
    if text_of(document, "schema") != _REPORT or not content:
        raise UsageError(
            f"{name} is no bill of lading of this lading",
            remedy="Build the package again, or name it with --artifact: it is then verified here.",
        )
    verdict = table_of(document, "verdict")
    functions = [_function(row) for row in rows_of(verdict, "functions")]
    is_imported = verdict.get("imported") is True
    return Package(
        path=text_of(artifact, "path"),
        sha256=text_of(artifact, "sha256"),
        content_sha256=content,
        size=number_of(artifact, "size") or 0,
        python=text_of(document, "python"),
        functions=tuple(function.name for function in functions) if is_imported else (),
        unproven="" if is_imported else text_of(verdict, "reason") or "nobody says why",
        refused=tuple(
            text_of(row, "code")
            for row in rows_of(document, "findings")
            if text_of(row, "severity") == "error" and not text_of(row, "allowed")
        ),
        answers=_answers(functions),
        commit=text_of(document, "commit"),
    )


def package_of(verification: Verification, *, commit: str = "") -> Package:
    """Return the package of an artifact that was just verified."""
    verdict = verification.verdict
    functions: tuple[FunctionFacts, ...] = ()
    if not isinstance(verdict, Indexed):
        unproven = verdict.reason
    elif verdict.problem is not None:
        unproven = f"{verdict.problem.error}: {verdict.problem.message}"
    else:
        functions, unproven = verdict.functions, ""
    return Package(
        path=verification.artifact,
        sha256=verification.sha256,
        content_sha256=verification.content_sha256,
        size=verification.size,
        python=verification.python,
        functions=tuple(function.name for function in functions),
        unproven=unproven,
        refused=_refused(verification.findings),
        answers=_answers(functions),
        commit=commit,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lying:
    """What lies there: the hash of the artifact, and the checkout's commit, "" outside Git.

    `named` says that the user named the artifact, and so knows what it is.
    """

    sha256: str
    commit: str = ""
    named: bool = False


def check_artifact(package: Package, lying: Lying) -> Iterator[Problem]:
    """Give what keeps an artifact from being the package that is described."""
    if package.sha256 != lying.sha256:
        yield Problem(
            code="artifact-changed",
            text=f"{package.path} is not what its bill of lading describes: its SHA-256 is "
            f"{lying.sha256[:12]}…, and not {package.sha256[:12]}…",
            remedy="Build it again, or name it with --artifact: it is then verified here.",
            exit_code=IN_PACKAGE,
        )
    has_moved = bool(package.commit and lying.commit) and package.commit != lying.commit
    if has_moved and not lying.named:
        yield Problem(
            code="checkout-moved",
            text=f"{package.path} was built from {package.commit[:10]}, and the checkout is at "
            f"{lying.commit[:10]}",
            remedy=f"Build it again, or say that it is meant: --artifact {package.path}",
            exit_code=IN_CONFIGURATION,
        )


def label_path(listed: Iterable[ListedFunction]) -> str:
    """Return the path at which an app says what it runs, "" where it is not listed to do so."""
    for function in listed:
        path = urlsplit(function.url).path
        if path.rpartition("/")[2].lower() == LABEL_ROUTE:
            return path
    return ""


def _refused(findings: Iterable[Finding]) -> tuple[str, ...]:
    return tuple(finding.code for finding in findings if finding.refuses)


def _function(row: Document) -> FunctionFacts:
    bindings = parse_bindings(rows_of(row, "bindings"))
    return function_facts(text_of(row, "name"), text_of(row, "script"), bindings)


def _answers(functions: Iterable[FunctionFacts]) -> bool:
    return any(
        function.http is not None
        and function.route.strip("/").lower() == LABEL_ROUTE
        and (not function.methods or "GET" in function.methods)
        for function in functions
    )
