"""Why a distribution is in the lock: who required it, from which source, file and hash."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from difflib import get_close_matches

from packaging.utils import canonicalize_name

from lading.core.errors import UsageError
from lading.core.lock import Lock, LockedFile, LockedThing

# Enough to understand; what half of a lock requires has thousands of ways to it.
_MOST_CHAINS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One distribution of a lock.

    `chains` are ways from a requirements file to it, the shortest first. `facts` pair a word with
    what it says: where it is from, its file, hash, commit.
    """

    name: str
    version: str
    facts: tuple[tuple[str, str], ...]
    chains: tuple[tuple[str, ...], ...]
    needed_by: tuple[str, ...]
    for_building: bool = False


def explain(lock: Lock, name: str) -> tuple[Explanation, ...]:
    """Return why a name is in a lock, once for each version; raise UsageError if it is not."""
    wanted = canonicalize_name(name)
    found = [_explained(thing, lock) for thing in lock.loaded if thing.name == wanted]
    found += [_explained_building(thing, lock) for thing in lock.needed if thing.name == wanted]
    if not found:
        raise UsageError(
            f"{wanted} is not in the lock",
            remedy=f"Look at the names there{_nearest(lock, wanted)}.",
        )
    return tuple(found)


def render_explanation_text(explanations: tuple[Explanation, ...]) -> str:
    """Return explanations for people."""
    lines = []
    for one in explanations:
        lines.append(f"{one.name} {one.version}" + (" (to build with)" if one.for_building else ""))
        lines += [f"  {key + ':':<12} {value}" for key, value in one.facts]
        if one.for_building:
            lines += [f"  {'needed by:':<12} {', '.join(one.needed_by)}"]
        for number, chain in enumerate(one.chains):
            lines.append(f"  {'because:' if number == 0 else '':<12} {' → '.join(chain)}")
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def render_explanation_json(explanations: tuple[Explanation, ...]) -> str:
    """Return explanations as a JSON document."""
    document = {
        "schema": "lading/explanation/1",
        "distributions": [
            {
                "name": one.name,
                "version": one.version,
                "for_building": one.for_building,
                "facts": dict(one.facts),
                "needed_by": list(one.needed_by),
                "chains": [list(chain) for chain in one.chains],
            }
            for one in explanations
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _explained(thing: LockedThing, lock: Lock) -> Explanation:
    parents = {one.name: one.required_by for one in lock.loaded}
    return Explanation(
        name=thing.name,
        version=thing.version,
        facts=_facts(thing),
        chains=_chains(thing.name, parents),
        needed_by=thing.required_by,
    )


def _explained_building(thing: LockedThing, lock: Lock) -> Explanation:
    pin = f"{thing.name}=={thing.version}"
    builds = [
        source.name
        for source in (*lock.sources, *lock.build_sources)
        if pin in source.build_requires
    ]
    return Explanation(
        name=thing.name,
        version=thing.version,
        facts=_facts(thing),
        chains=(),
        needed_by=tuple(f"the build of {name}" for name in sorted(builds)),
        for_building=True,
    )


def _chains(name: str, parents: dict[str, tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Return ways from a file to a name, breadth first, so the shortest come first."""
    found: list[tuple[str, ...]] = []
    waiting: deque[tuple[str, ...]] = deque([(name,)])
    seen = {name}
    while waiting and len(found) < _MOST_CHAINS:
        chain = waiting.popleft()
        for parent in parents.get(chain[0], ()):
            # What is no name of the lock is the file that asks.
            if parent not in parents:
                found.append((parent, *chain))
            elif parent not in seen:
                seen.add(parent)
                waiting.append((parent, *chain))
    return tuple(found)


def _facts(thing: LockedThing) -> tuple[tuple[str, str], ...]:
    if isinstance(thing, LockedFile):
        return _file_facts(thing)
    facts = {
        "git": (("git", thing.url), ("ref", thing.ref), ("commit", thing.commit)),
        "path": (("path", thing.path),),
        "url": (("url", thing.url), ("sha256", thing.sha256)),
        "archive": _file_facts(thing.file) if thing.file else (),
    }[thing.kind]
    more = (("folder", thing.subdirectory), ("built with", ", ".join(thing.build_requires)))
    return tuple((key, value) for key, value in (*facts, *more) if value)


def _file_facts(file: LockedFile) -> tuple[tuple[str, str], ...]:
    size = f"{file.size} bytes" if file.size is not None else ""
    facts = (
        ("from", file.source),
        ("file", file.filename),
        ("size", size),
        ("sha256", file.sha256),
    )
    return tuple((key, value) for key, value in facts if value)


def _nearest(lock: Lock, name: str) -> str:
    names = sorted({one.name for one in lock.loaded})
    close = [one for one in names if name in one or one in name] or get_close_matches(name, names)
    return f", perhaps {' or '.join(close)}" if close else ""
