"""Which finding is only what another one leads to: a failed import beside what made it fail."""

from __future__ import annotations

from collections.abc import Iterable

from lading.core.findings import Finding
from lading.core.functions import ImportProblem, Indexed, Verdict
from lading.core.layer import SITE_PACKAGES

# A module is nowhere because of these, whichever it is.
_LOSE_MODULES = frozenset({"editable-install", "nested-package", "nothing-vendored"})
# Modules of one distribution are not there or cannot be loaded because of these. Their evidence
# names files of it.
_BREAK_MODULES = frozenset(
    {
        *("collision", "duplicate-distribution", "glibc-too-new", "incomplete-distribution"),
        *("libstdcxx-too-new", "missing-library", "module-hidden", "stdlib-shadowed"),
        *("wrong-abi", "wrong-platform"),
    }
)


def without_consequences(findings: Iterable[Finding], verdict: Verdict) -> tuple[Finding, ...]:
    """Return judged findings without an import's error where another one refuses for its cause.

    What was allowed explains nothing: the package would leave with an import that fails.
    """
    judged = tuple(findings)
    problem = verdict.problem if isinstance(verdict, Indexed) else None
    if problem is None or not _is_import_error(problem):
        return judged
    explained = any(finding.refuses and _explains(finding, problem) for finding in judged)
    return tuple(one for one in judged if not (explained and one.code == "import-error"))


def _is_import_error(problem: ImportProblem) -> bool:
    return bool(problem.chain) and "builtins.ImportError" in problem.chain[0].types


def _explains(finding: Finding, problem: ImportProblem) -> bool:
    if finding.code in _LOSE_MODULES:
        return bool(problem.module)
    return finding.code in _BREAK_MODULES and any(
        name == finding.subject or name in _names_in(finding.evidence) for name in _passed(problem)
    )


def _passed(problem: ImportProblem) -> frozenset[str]:
    """Return the top-level names that the import wanted or came through, as far as they tell."""
    names = {problem.module.partition(".")[0]} - {""}
    for raised in problem.chain:
        for text in (*raised.frames, raised.message):
            _, found, rest = text.partition(SITE_PACKAGES)
            if found:
                names.add(_top(rest))
    return frozenset(names)


def _names_in(evidence: str) -> frozenset[str]:
    return frozenset(_top(word) for word in evidence.split() if "/" in word or "." in word)


def _top(path: str) -> str:
    return path.partition("/")[0].partition(".")[0].partition(":")[0]
