from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.core.errors import LockError
from lading.core.lock import Lock, LockedFile, LockedSource
from lading.core.lock.files import parse_lock, render_lock

WHERE = "functionapp/requirements.lock"
SHA = "ab" * 32


def file(name: str = "wares", version: str = "1.0", **changes: object) -> LockedFile:
    made = LockedFile(
        name=name,
        version=version,
        filename=f"{name.replace('-', '_')}-{version}-py3-none-any.whl",
        sha256=SHA,
        source="default",
        size=1234,
        required_by=("functionapp/requirements.txt",),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


ARCHIVE = file("acme-quote", filename="acme_quote-2.0.tar.gz", version="2.0", required_by=())
FULL = Lock(
    python="3.13",
    platform="x86_64-manylinux_2_36",
    fingerprint="cd" * 32,
    files=(file("parts", required_by=("other", "wares")), file(size=None, required_by=())),
    sources=(
        LockedSource(
            kind="archive",
            name="acme-quote",
            version="2.0",
            file=ARCHIVE,
            required_by=("functionapp/requirements.txt",),
            build_requires=("acme-backend==0.3", "setuptools==80.0"),
        ),
        LockedSource(
            kind="git",
            name="acme-tax",
            version="2.1.0",
            url="https://git.example/acme/tax",
            commit="0123456789" * 4,
            ref="main",
            subdirectory="libraries/tax",
        ),
        LockedSource(kind="path", name="here", version="0.1", path="libs/here"),
        LockedSource(
            kind="url",
            name="there",
            version="0.2",
            url="https://files.example/there-0.2-py3-none-any.whl",
            sha256=SHA,
        ),
    ),
    build_files=(file("setuptools", "80.0", required_by=("the build of acme-quote",)),),
    build_sources=(LockedSource(kind="path", name="acme-backend", version="0.3", path="b"),),
)
PLAIN = replace(FULL, sources=(), build_files=(), build_sources=())


@pytest.mark.parametrize("lock", [FULL, PLAIN])
def test_a_lock_is_read_as_it_was_written(lock: Lock) -> None:
    text = render_lock(lock)
    assert parse_lock(text.requirements, text.sources, where=WHERE) == lock


def test_there_is_no_second_file_where_everything_is_a_wheel_of_an_index() -> None:
    assert render_lock(PLAIN).sources is None


def test_the_order_of_what_was_chosen_does_not_matter() -> None:
    turned = replace(FULL, files=FULL.files[::-1], sources=FULL.sources[::-1])
    assert render_lock(turned) == render_lock(FULL)


def test_what_git_makes_of_line_ends_is_read_as_well() -> None:
    text = render_lock(FULL)
    assert text.sources is not None
    crlf = [part.replace("\n", "\r\n") for part in (text.requirements, text.sources)]
    assert parse_lock("\ufeff" + crlf[0], crlf[1], where=WHERE) == FULL


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("parts==1.0", "parts==1.1", f"{WHERE}:10: parts-1.0-py3-none-any.whl is not a wheel of"),
        (f"--hash=sha256:{SHA}", "--hash=sha256:12", f"{WHERE}:11: this line is not as lading"),
        ("# required by wares", "# wanted by wares", f"{WHERE}:14: this line is not as lading"),
        ("parts==1.0 \\", "parts==1.0", f"{WHERE}:10: this line is not as lading writes it"),
        ("\nwares==", "\nparts==1.0 \\\nwares==", f"{WHERE}:15: the entry is not complete"),
        ("# python: 3.13\n", "", "its header lacks python"),
        ("# lading-lock: 1", "# lading-lock: 7", "has format 7"),
        ("\nparts==", "\n-e git+https://x.example/y\nparts==", f"{WHERE}:10: the entry is not"),
    ],
)
def test_a_damaged_lock_says_where(old: str, new: str, told: str) -> None:
    text = render_lock(PLAIN).requirements
    assert old in text
    with pytest.raises(LockError) as caught:
        parse_lock(text.replace(old, new, 1), None, where=WHERE)
    assert told in caught.value.message
    assert "lading lock" in caught.value.remedy


def test_one_name_twice_is_damage() -> None:
    lock = replace(PLAIN, files=(file(), file(version="2.0")))
    with pytest.raises(LockError, match=r"has wares twice: 1\.0 and 2\.0"):
        parse_lock(render_lock(lock).requirements, None, where=WHERE)


@pytest.mark.parametrize("sources", [None, "version = 1\n"])
def test_files_of_two_locks_are_not_taken_for_one(sources: str | None) -> None:
    with pytest.raises(LockError, match="were not written together"):
        parse_lock(render_lock(FULL).requirements, sources, where=WHERE)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('kind = "git"', 'kind = "hg"', "source 2 has no kind among git, path, url, archive"),
        ("commit = ", "comment = ", "source 2 of kind git lacks commit"),
        ("version = 1\n", "version = 3\n", "has format 3"),
        ("[[source]]", "[[source", "is damaged"),
        ("size = 1234", "size = -1", "size that is no number of bytes"),
    ],
)
def test_a_damaged_second_file_says_where(old: str, new: str, told: str) -> None:
    text = render_lock(FULL)
    assert text.sources is not None
    assert old in text.sources
    damaged = text.sources.replace(old, new, 1)
    before, after = (hashlib.sha256(part.encode()).hexdigest() for part in (text.sources, damaged))
    with pytest.raises(LockError) as caught:
        parse_lock(text.requirements.replace(before, after), damaged, where=WHERE)
    assert told in caught.value.message
    assert "functionapp/sources.lock" in caught.value.message


NAMES = st.from_regex(r"[a-z]{1,6}(-[a-z0-9]{1,4})?", fullmatch=True)


@given(
    st.dictionaries(NAMES, st.tuples(st.integers(0, 99), st.lists(NAMES, max_size=3)), max_size=6)
)
def test_every_lock_is_read_as_it_was_written(drawn: dict[str, tuple[int, list[str]]]) -> None:
    files = tuple(
        file(name, f"{major}.1", required_by=tuple(sorted(set(parents))))
        for name, (major, parents) in sorted(drawn.items())
    )
    lock = replace(PLAIN, files=files)
    assert parse_lock(render_lock(lock).requirements, None, where=WHERE) == lock
