"""Indexes that a lock of another tool records: each name still comes from its declared home."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lading.core.access.userinfo import mask_userinfo, parse_userinfo
from lading.core.config import IndexSource, Project
from lading.core.config.hosts import public_index
from lading.core.requirements.direct import REVOKE
from lading.core.requirements.index_lines import declaration, spelling

# Enough names to know which index is meant.
_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What was noticed of recorded indexes, and what is refused."""

    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def judge_homes(recorded: Mapping[str, str], project: Project, *, default_index: str) -> Judged:
    """Judge the index that a lock records for each name.

    The index is used only where it is the declared home of the name, or the one for all others:
    a record is no declaration. An empty `default_index` stands for the public one.
    """
    by_index: dict[str, list[str]] = {}
    for name, url in recorded.items():
        by_index.setdefault(url, []).append(name)
    judged = [
        _judge(url, names, project, default_index=default_index) for url, names in by_index.items()
    ]
    return Judged(
        notes=tuple(note for one in judged for note in one.notes),
        problems=tuple(problem for one in judged for problem in one.problems),
    )


def _judge(url: str, names: list[str], project: Project, *, default_index: str) -> Judged:
    shown, bare = mask_userinfo(url), parse_userinfo(url)
    if bare.kind == "secret":
        return Judged(problems=(f'a credential is written into the index "{shown}"; {REVOKE}',))
    notes = [f'the user information in "{shown}" is not used'] if bare.kind != "none" else []
    problems = []
    place = spelling(bare.url)
    for home, theirs in _by_home(names, project).items():
        if home is not None and home.url != place:
            problems.append(
                f"takes {_listed(theirs)} from {shown}, which is not the home of that name: "
                f"it is declared for source {home.name}, {home.url}; lock it from there, or "
                "correct `packages`"
            )
    others = _by_home(names, project).get(None, [])
    known = [default_index, public_index()]
    known += [source.url for source in project.index_sources if source.default]
    source = next((one for one in project.index_sources if one.url == place), None)
    if not others or (place and place in map(spelling, known)):
        pass
    elif source is not None:
        notes.append(
            f"{_listed(others)} was locked from source {source.name}, which does not declare that "
            "name: it is taken from the default index, where the hash agrees"
        )
    else:
        problems.append(
            f"takes {_listed(others)} from {shown}, which is not a declared source; write into "
            f"pyproject.toml:{declaration(bare.url)}"
        )
    return Judged(notes=tuple(notes), problems=tuple(problems))


def _by_home(names: list[str], project: Project) -> dict[IndexSource | None, list[str]]:
    found: dict[IndexSource | None, list[str]] = {}
    for name in names:
        home = next((source for source in project.index_sources if source.owns(name)), None)
        found.setdefault(home, []).append(name)
    return found


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(sorted(names)[:_SHOWN]) + more
