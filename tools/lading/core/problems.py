"""What keeps a deployment from beginning; all of it is told before anything is changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lading.core.errors import ConfigError, CredentialError, DeploymentFailed, PackageRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to mend; `exit_code` says where: in the configuration, the package, in Azure."""

    code: str
    text: str
    remedy: str
    exit_code: int = DeploymentFailed.exit_code


IN_CONFIGURATION = ConfigError.exit_code
IN_CREDENTIAL = CredentialError.exit_code
IN_PACKAGE = PackageRefused.exit_code
IN_AZURE = DeploymentFailed.exit_code


def exit_code_of(problems: Iterable[Problem]) -> int:
    """Return the code of the problem to mend first, 0 where there is none."""
    return min((problem.exit_code for problem in problems), default=0)


def render_problem(problem: Problem) -> str:
    """Return a problem as two lines: what it is, and what to do."""
    return f"{problem.text}\n  → {problem.remedy}"


def problem_document(problem: Problem) -> dict[str, object]:
    """Return a problem as JSON has it."""
    return {
        "code": problem.code,
        "text": problem.text,
        "remedy": problem.remedy,
        "exit_code": problem.exit_code,
    }
