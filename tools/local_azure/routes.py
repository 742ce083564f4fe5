"""Which handler answers a method and a path; paths are compared without regard to case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

Handler = TypeVar("Handler")


class Routes(Generic[Handler]):
    """Handlers by "METHOD path/of/{}": `{}` is any one part, and is given to the handler.

    A last part `{*}` is the rest of the path, "" where there is none.
    """

    def __init__(self, table: Mapping[str, Handler]) -> None:
        self._table = [
            (methods.split("|"), tuple(pattern.lower().split("/")) if pattern else (), handler)
            for (methods, _, pattern), handler in (
                (route.partition(" "), handler) for route, handler in table.items()
            )
        ]

    def find(self, method: str, parts: Sequence[str]) -> tuple[Handler, tuple[str, ...]] | None:
        """Return the handler of a request and its variable parts, None where nobody answers."""
        for methods, pattern, handler in self._table:
            given = _match(pattern, parts)
            if given is not None and method in methods:
                return handler, given
        return None

    def methods(self, parts: Sequence[str]) -> tuple[str, ...]:
        """Return the methods that a path knows."""
        return tuple(
            method
            for methods, pattern, _ in self._table
            if _match(pattern, parts) is not None
            for method in methods
        )


def _match(pattern: tuple[str, ...], parts: Sequence[str]) -> tuple[str, ...] | None:
    rest: tuple[str, ...] = ()
    if pattern and pattern[-1] == "{*}":
        pattern = pattern[:-1]
        rest, parts = ("/".join(parts[len(pattern) :]),), parts[: len(pattern)]
    if len(pattern) != len(parts):
        return None
    pairs = tuple(zip(pattern, parts, strict=True))
    if any(wanted not in {"{}", part.lower()} for wanted, part in pairs):
        return None
    return tuple(part for wanted, part in pairs if wanted == "{}") + rest
