"""What a lock no longer answers, and what two of them say differently, is told."""

from __future__ import annotations

import tomllib

import pytest

from lading.core.errors import RequirementsError
from lading.core.requirements import Requirements
from lading.core.requirements.foreign.files import LockFile, parse_foreign_lock
from tests.core.requirements.foreign.locks import (
    COMMIT,
    HOME,
    LOCKS,
    POETRY,
    PYLOCK,
    UV,
    C,
    asking,
    read,
)


def test_a_recorded_index_without_a_declaration_is_used_for_nothing() -> None:
    # A feed that passes public packages on: they come from where all others come from.
    entry = 'name = "below"\n'
    text = PYLOCK.replace(entry, f'{entry}index = "{HOME}"\n', 1)
    (note,) = read("pylock.toml", text).notes[1:]
    assert "below was locked from source acme, which does not declare that name" in note
    told = read("poetry.lock", POETRY.replace(HOME, HOME.replace("//", "//someone@")))
    assert any("the user information" in note for note in told.notes)


def test_the_fingerprint_follows_what_is_chosen_for_the_target() -> None:
    first = read("uv.lock", UV).fingerprint
    assert read("uv.lock", f"# written anew\n{UV}").fingerprint == first
    elsewhere = UV.replace('name = "windows"\nversion = "1"', 'name = "windows"\nversion = "2"')
    assert read("uv.lock", elsewhere).fingerprint == first
    assert read("uv.lock", UV.replace(C, "d" * 64)).fingerprint != first
    assert read("uv.lock", UV.replace('"1.5"', '"1.6"')).fingerprint != first
    assert read("uv.lock", UV.replace(COMMIT, "2" * 40)).fingerprint != first


@pytest.mark.parametrize(
    ("dependencies", "told"),
    [
        ('["acme-one[fast]>=1", "member"]', None),
        ('["acme-one[fast]>=1", "member>=2"]', None),
        ('["acme-one>=2", "member"]', "acme-one is asked for in another range"),
        ('["acme-one>=1", "member", "new"]', "new is asked for since"),
        ('["acme-one>=1"]', "member is no longer asked for"),
    ],
)
def test_a_pyproject_that_moved_on_is_told(dependencies: str, told: str | None) -> None:
    pyproject = tomllib.loads(f"[project]\ndependencies = {dependencies}\n")
    warnings = read("uv.lock", UV, pyproject=pyproject).warnings
    if told is None:
        assert warnings == ()
    else:
        (warning,) = warnings
        assert warning == (
            f"app/uv.lock is older than app/pyproject.toml: {told}; it is built as it is. "
            "Run: uv lock"
        )


def test_a_pylock_that_does_not_answer_its_pyproject_is_told() -> None:
    pyproject = tomllib.loads(
        "[project]\ndependencies = ['below>=2', 'new', 'w ; os_name == \"nt\"', 'shared>=9']\n"
    )
    warnings = read("pylock.toml", PYLOCK, pyproject=pyproject).warnings
    assert [warning.partition(": ")[2].partition(";")[0] for warning in warnings] == [
        "below>=2 is asked for, and it has 1.5",
        "new is asked for and not in it",
    ]


def both(*, named: bool) -> Requirements:
    file, other = (
        LockFile(path=f"app/{name}", table=tomllib.loads(LOCKS[name]))
        for name in ("pylock.toml", "poetry.lock")
    )
    return parse_foreign_lock(file, asking(file.path), beside=(other,), named=named)


def test_two_locks_that_disagree_are_shown_beside_each_other() -> None:
    (warning,) = both(named=True).warnings
    assert "app/poetry.lock chooses differently and is not used:" in warning
    assert "by-url" in warning
    with pytest.raises(RequirementsError, match="choose differently") as caught:
        both(named=False)
    assert "default-only 1 is in app/pylock.toml and not in app/poetry.lock" in str(caught.value)
    assert 'requirements = "app/pylock.toml"' in caught.value.remedy
