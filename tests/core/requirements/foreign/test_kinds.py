"""Which files are locks of other tools, and what none of them can be taken with."""

from __future__ import annotations

import pytest

from lading.core.requirements.foreign.files import is_foreign_lock
from tests.core.requirements.foreign.locks import HOME, LOCKS, OPEN, C, pins, problems, read


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("uv.lock", True),
        ("app/poetry.lock", True),
        ("pylock.toml", True),
        ("a/pylock.prod.toml", True),
        ("requirements.lock", False),
        ("pyproject.toml", False),
        ("Pipfile.lock", False),
        ("my-uv.lock", False),
    ],
)
def test_a_lock_is_known_by_its_name(name: str, *, expected: bool) -> None:
    assert is_foreign_lock(name) is expected


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("uv.lock", "version = 1\n", "version = 2\n", "is of version 2, and this lading reads"),
        ("uv.lock", '">=3.11"', '">=3.13"', "is for Python >=3.13, and the app runs 3.12"),
        ("uv.lock", 'virtual = "."', 'virtual = "../b"', "in the folder app; name the pyproject"),
        ("uv.lock", 'name = "below"\nversion', 'name = "up"\nversion', "below is not in it"),
        ("uv.lock", HOME, "https://open.example/simple/", "not the home of that name: it is"),
        ("uv.lock", 'marker = "sys', 'marker = "sus', "is not a marker that packaging tools know"),
        ("uv.lock", "editable", "sideways", "package[8].source: must have one of registry, git"),
        ("uv.lock", OPEN, "https://elsewhere.example/x", "which is not a declared source; write"),
        ("uv.lock", OPEN, "https://u:hunter2secret9@open.example/x", "a credential is written"),
        ("uv.lock", OPEN, "../wheels", "is from the folder ../wheels; require the file itself"),
        ("poetry.lock", '"2.1"', '"3.0"', "is of version 3.0, and this lading reads 1.0 to 2.x"),
        ("poetry.lock", '"2.1"', '"new"', "is of version new"),
        ("poetry.lock", "[metadata]", "[meta]", "has no [metadata] with a lock-version"),
        ("poetry.lock", "^3.11", "^3.13,<4", "the lock is for Python ^3.13,<4"),
        ("poetry.lock", HOME, "https://other.example/simple", "not the home of that name"),
        ("poetry.lock", '"directory"', '"cvs"', "source.type: must be legacy, git, directory"),
        ("pylock.toml", '"1.0"\ncreated', '"2.0"\ncreated', "this lading reads version 1.0"),
        ("pylock.toml", 'created-by = "uv"', "", "is not as PEP 751 says: Missing required"),
        ("pylock.toml", '">=3.11"', '">=3.13"', "does not serve Python 3.12 on Azure"),
        ("pylock.toml", "_one-1.0-py3-none-any", "_one-1.0-py3-none-win32", ""),
        ("pylock.toml", "below-1.5-py3-none-any", "below-1.5-py3-none-win32", "No wheel found"),
        ("pylock.toml", f'sha256 = "{C}"', 'sha512 = "1"', "has no SHA-256 for below"),
        ("pylock.toml", HOME, "https://other.example/simple/", "not the home of that name"),
    ],
)
def test_what_cannot_be_taken_is_told_with_the_file(
    name: str, old: str, new: str, told: str
) -> None:
    text = LOCKS[name]
    assert old in text
    changed = text.replace(old, new)
    if told:
        said = problems(name, changed)
        assert told in said
        assert "hunter2" not in said
    else:
        # The source archive is left.
        assert "acme-one==1.0" in pins(read(name, changed))
