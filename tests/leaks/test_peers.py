"""The rig finds every leak of the usual ways: what it calls clean is not just out of its sight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from local_sources import LocalSources
from tests.leaks import peers
from tests.leaks.matrix import Agent
from tests.leaks.peers import TOKEN, Desk, Handed, watch_peer
from tests.leaks.rig import require_rig

pytestmark = pytest.mark.usefixtures("rooted")
_COMMAND = "(the command itself)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A way, and where the token must turn up.

    `leaks` gives, for each kind of place in which it stands, what the places' names must hold; it
    stands in no other kind. `spied` are the beginnings of what foreign code must have seen.
    """

    way: Callable[[Desk], Handed]
    leaks: dict[str, tuple[str, ...]]
    spied: tuple[str, ...] = ()


ROWS = (
    Row(
        way=peers.pip_index_url_argument,
        # The second is the pip that pip starts to install build requirements.
        leaks={"argv": (_COMMAND, " install setuptools")},
        spied=("cmdline of ", "memory of "),
    ),
    Row(
        way=peers.pip_index_url_variable,
        leaks={
            "argv": (" install setuptools",),
            "environment": ("build_wheel", " install setuptools"),
        },
        spied=("its environment: PIP_INDEX_URL", "environ of ", "memory of "),
    ),
    Row(way=peers.pip_netrc, leaks={}, spied=("file .netrc", "memory of ")),
    Row(way=peers.pip_keyring, leaks={}, spied=("keyring", "memory of ")),
    Row(
        way=peers.uv_index_variables,
        leaks={"environment": ("python",)},
        spied=("its environment: UV_INDEX_ACME_PASSWORD", "environ of ", "memory of "),
    ),
    Row(
        way=peers.uv_emit_index_url,
        leaks={
            "environment": ("python",),
            "file": ("project/",),
            "disk": ("project/out.txt",),
            "output": ("standard output",),
        },
    ),
    Row(
        way=peers.git_url,
        leaks={
            "argv": (_COMMAND, "git-remote-https"),
            "file": (".git/config",),
            "disk": ("tree/.git/config",),
        },
    ),
    Row(
        way=peers.git_header_argument,
        leaks={"argv": (_COMMAND,), "environment": ("git-remote-https", "git index-pack")},
    ),
    Row(
        way=peers.git_header_variables,
        leaks={"environment": ("git-remote-https", "git index-pack")},
    ),
    Row(
        way=peers.git_askpass_and_store,
        leaks={
            "disk": ("home/.git-credentials",),
            "file": (".git-credentials",),
            # What git tells every helper that is configured.
            "pipe": ("git-remote-https",),
        },
    ),
    Row(way=peers.git_scoped_helper, leaks={"pipe": ("git-remote-https",)}),
)


@pytest.fixture
def rooted() -> None:
    require_rig()


@pytest.fixture
def desk(sources: LocalSources, machine: dict[str, str], tmp_path: Path) -> Desk:
    return Desk(agent=Agent(machine, tmp_path / "agent", sources), sources=sources)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.way.__name__)
def test_what_a_usual_way_leaks_is_found(row: Row, desk: Desk) -> None:
    run = watch_peer(row.way, desk)
    assert run.code == 0, run.output
    found = run.kinds_of(TOKEN)
    assert found.keys() == row.leaks.keys(), run.sightings
    for kind, expected in row.leaks.items():
        for part in expected:
            assert any(part in place for place in found[kind]), (kind, part, found[kind])
    seen = {sighting.place for sighting in run.seen_by_spies}
    for beginning in row.spied:
        assert any(place.startswith(beginning) for place in seen), (beginning, seen)
