from __future__ import annotations

from dataclasses import replace

from lading.core.lock import Lock, LockedFile, LockedSource
from lading.core.lock.diff import compare_locks, render_diff


def file(name: str, version: str, *, source: str = "default", sha: str = "aa") -> LockedFile:
    return LockedFile(
        name=name,
        version=version,
        filename=f"{name}-{version}-py3-none-any.whl",
        sha256=sha * 32,
        source=source,
        size=2_500_000,
    )


BEFORE = Lock(
    python="3.12",
    platform="x",
    fingerprint="",
    files=(file("gone", "1.0"), file("moved", "1.0"), file("same", "1.0"), file("wares", "1.0")),
    build_files=(file("setuptools", "80.0"),),
)
AFTER = replace(
    BEFORE,
    python="3.13",
    files=(
        file("moved", "1.0", source="acme"),
        file("same", "1.0"),
        replace(file("wares", "2.0"), size=900),
    ),
    sources=(
        LockedSource(kind="git", name="new", version="3.0", url="https://g/x", commit="c0ffee" * 6),
    ),
    build_files=(file("setuptools", "80.0", sha="bb"),),
)
LICENCES = {("wares", "1.0"): "MIT", ("wares", "2.0"): "BSL-1.1", ("moved", "1.0"): "A|B"}


def test_everything_that_changed_is_in_the_tables() -> None:
    assert (
        render_diff(compare_locks(BEFORE, AFTER, licences=LICENCES)).splitlines()
        == [
            "**Lock: 1 added, 1 removed, 1 changed, 2 replaced**",
            "",
            "Python 3.12 → 3.13",
            "",
            "### In the package",
            "",
            "| distribution | version | from | size | licence |",
            "|---|---|---|---:|---|",
            "| gone | 1.0 → - | default → - | 2.4 MiB → - | unknown → - |",
            "| moved | 1.0 | default → acme | 2.4 MiB | A&#124;B |",
            "| new | - → 3.0 | - → git c0ffeec0ffee | - → unknown | - → unknown |",
            "| wares | 1.0 → 2.0 | default | 2.4 MiB → 900 B | MIT → BSL-1.1 |",
            "",
            "### Needed to build it",
            "",
            "| distribution | version | from | size | licence |",
            "|---|---|---|---:|---|",
            "| setuptools | 80.0 (**other bytes**) | default | 2.4 MiB | unknown |",
            "",
        ][:-1]
    )


def test_equal_locks_differ_in_nothing() -> None:
    diff = compare_locks(AFTER, AFTER, licences={})
    assert (diff.changes, diff.python) == ((), None)
    assert render_diff(diff) == "The lock did not change.\n"


def test_without_a_lock_before_everything_is_added() -> None:
    kinds = {change.kind for change in compare_locks(None, AFTER, licences={}).changes}
    assert kinds == {"added"}
