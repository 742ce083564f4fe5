"""Progress and text for people: a live line on a terminal, plain lines elsewhere.

Everything goes to standard error, so that standard output stays a program's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console


class Progress(Protocol):
    """What the stages tell while they work. The text must not hold a secret."""

    def note(self, text: str) -> None:
        """Tell something worth knowing."""

    def warn(self, text: str) -> None:
        """Tell something that the user should do something about."""

    def detail(self, text: str) -> None:
        """Tell something that only `--verbose` shows."""


class Terminal:
    """Progress for a person, or for a log that a person reads later."""

    def __init__(
        self,
        *,
        verbose: bool = False,
        console: Console | None = None,
        redact: Callable[[str], str] = str,
    ) -> None:
        self._console = console or Console(stderr=True, highlight=False, soft_wrap=True)
        self._verbose = verbose
        self._redact = redact

    def note(self, text: str) -> None:
        """Tell something worth knowing."""
        self._console.print(self._redact(text), markup=False)

    def warn(self, text: str) -> None:
        """Tell something that the user should do something about."""
        self._console.print(f"warning: {self._redact(text)}", markup=False, style="yellow")

    def detail(self, text: str) -> None:
        """Tell something that only `--verbose` shows."""
        if self._verbose:
            self._console.print(self._redact(text), markup=False, style="dim")

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Show that something is under way: a spinner on a terminal, a line elsewhere."""
        if self._console.is_terminal:
            with self._console.status(title):
                yield
        else:
            self.note(title)
            yield


class Silence:
    """Progress that nobody reads."""

    def note(self, text: str) -> None:
        """Tell nobody."""

    def warn(self, text: str) -> None:
        """Tell nobody."""

    def detail(self, text: str) -> None:
        """Tell nobody."""
