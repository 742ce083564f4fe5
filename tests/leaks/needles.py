"""The secrets that one run looks for, each under a label, and the forms in which it knows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lading.core.secret import encodings
from tests.leaks import spy
from tests.leaks.spy import Hunt, Needles

REPORT = "acme_spy.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spy:
    """The text of a spy: `module` defines what looks, `report` is the line that lets it look."""

    module: str
    report: str

    @property
    def program(self) -> str:
        """Return a program that looks at once."""
        return f"{self.module}\n\n{self.report}\n"


def needle_forms(secrets: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the secrets in every form: raw, URL-encoded, base64 in all alignments."""
    return {label: encodings(value) for label, value in secrets.items()}


def needles_of(secrets: Mapping[str, str]) -> Needles:
    """Return what finds the secrets."""
    return Needles(needle_forms(secrets))


def make_spy(
    secrets: Mapping[str, str], *, files: Iterable[Path] = (), services: Iterable[str] = ()
) -> Spy:
    """Return a spy that leaves its report in the current folder.

    `files` are places worth a look, `services` URLs whose password programs might tell.
    """
    forms = needle_forms(secrets)
    hunt = Hunt(
        needles={label: [form[::-1] for form in texts] for label, texts in forms.items()},
        files=[str(path) for path in files],
        services=list(services),
    )
    return Spy(
        module=Path(spy.__file__).read_text(encoding="utf-8"),
        report=f"write_report(look({hunt!r}), Path({REPORT!r}))",
    )
