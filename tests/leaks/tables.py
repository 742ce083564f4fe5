"""The two tables: what lading starts or writes, and what was there before it came."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from rich.console import Console
from rich.table import Table

from tests.leaks.matrix import ENDINGS, Outcome

# What foreign code reports, by the beginnings of its words, and the column in which it counts.
_REACHED = {
    "variables": ("its environment: ", "environ of ", "cmdline of "),
    "memory": ("memory of ", "open file of "),
    "files": ("file ",),
    "programs": ("keyring", "git credential"),
}


def show_tables(console: Console, outcomes: Sequence[Outcome]) -> None:
    """Print both tables; a field that was not run is empty."""
    console.print(_leaks(outcomes))
    console.print(
        "Hits in argv, environments, files, pipes, sockets, output, archives, requests.\n"
    )
    console.print(_exposed(outcomes))
    console.print("Secrets that foreign code reached, of those that lay about.")


def _leaks(outcomes: Sequence[Outcome]) -> Table:
    table = Table("credential", "way", *ENDINGS, title="1  What lading starts or writes")
    for kind, way in dict.fromkeys((o.cell.kind.name, o.cell.way.name) for o in outcomes):
        row = {
            o.cell.ending: len(o.leaks)
            for o in outcomes
            if (o.cell.kind.name, o.cell.way.name) == (kind, way)
        }
        table.add_row(kind, way, *(str(row.get(ending, "")) for ending in ENDINGS))
    return table


def _exposed(outcomes: Iterable[Outcome]) -> Table:
    table = Table("way", "runs", *_REACHED, title="2  What was there before it came")
    spied = [outcome for outcome in outcomes if outcome.run.spies]
    for way in dict.fromkeys(outcome.cell.way.name for outcome in spied):
        of_way = [outcome for outcome in spied if outcome.cell.way.name == way]
        counts = [_most(of_way, _begins(parts)) for parts in _REACHED.values()]
        table.add_row(way, str(len(of_way)), *counts)
    return table


def _begins(parts: tuple[str, ...]) -> Callable[[str], bool]:
    return lambda place: place.startswith(parts)


def _most(outcomes: Iterable[Outcome], belongs: Callable[[str], bool]) -> str:
    """Return how many secrets the worst of the runs showed."""
    return str(
        max(
            len({found.secret for found in outcome.exposed if belongs(found.place)})
            for outcome in outcomes
        )
    )
