"""What `doctor` said, as tests read it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.user import Said, User


def examined(user: User, project: Path, *words: str, code: int = 0, **env: str | None) -> Said:
    """Run `doctor`, and expect an exit code."""
    said = user.types(project, "doctor", *words, **env)
    assert said.code == code, said.text
    assert "Traceback" not in said.text
    return said


def checks(said: Said, section: str, *, name: str = "") -> dict[str, dict[str, Any]]:
    """Return the checks of a section, or of one thing in it, by subject."""
    document = said.document()
    if name:
        found = next(one for one in document[section] if one["name"] == name)["checks"]
    else:
        found = document[section]
    return {check["subject"]: check for check in found}


def risks(said: Said) -> dict[str, dict[str, Any]]:
    """Return the risks by code."""
    return {check["code"]: check for check in said.document()["risks"]}
