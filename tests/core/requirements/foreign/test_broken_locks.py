"""Whatever a lock holds, it is read or refused."""

from __future__ import annotations

import contextlib
import tomllib
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from lading.core.errors import RequirementsError
from lading.core.requirements.foreign.files import LockFile, parse_foreign_lock
from tests.core.requirements.foreign.locks import LOCKS, asking

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@st.composite
def broken(draw: st.DrawFn) -> tuple[str, dict[str, object]]:
    """Return a lock in which something is replaced by anything, or is not there."""
    name = draw(st.sampled_from(sorted(LOCKS)))
    document: dict[str, object] = tomllib.loads(LOCKS[name])
    place: object = document
    while True:
        if not isinstance(place, (dict, list)) or not place:
            return name, document
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw(st.sampled_from(keys))
        inner = place[key]
        if isinstance(inner, (dict, list)) and inner and draw(st.integers(0, 4)):
            place = inner
            continue
        if draw(st.booleans()):
            place[key] = draw(anything)
        else:
            del place[key]
        return name, document


def read_or_refuse(name: str, table: Mapping[str, object]) -> None:
    pyproject = {"project": {"dependencies": ["below"]}, "tool": {"poetry": {}}}
    path = f"app/{name}"
    with contextlib.suppress(RequirementsError):
        read_all = parse_foreign_lock(
            LockFile(path=path, table=table),
            asking(path, pyproject=pyproject, extras=("az",), groups=("dev",)),
            beside=(LockFile(path="app/poetry.lock", table=table),),
            named=True,
        )
        assert read_all.fingerprint


@given(broken())
def test_a_broken_lock_is_read_or_refused(lock: tuple[str, dict[str, object]]) -> None:
    read_or_refuse(*lock)


@given(st.sampled_from(sorted(LOCKS)), st.dictionaries(st.text(max_size=9), anything))
def test_whatever_a_lock_holds_it_is_read_or_refused(name: str, table: dict[str, object]) -> None:
    read_or_refuse(name, table)
