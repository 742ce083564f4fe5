"""What is there afterwards, what is not sent again, and what is never replaced."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from lading.core.errors import PackageRefused
from lading.stages.publish import check_distributions
from local_sources import LocalSources
from local_sources.sources import Feed
from tests.stages.publish.desk import README, SDIST, WHEEL, Make, distribution, leaks, uploads
from tests.support import make_wheel
from tests.tls import serve


@pytest.mark.parametrize("feed", ["index", "azure"])
def test_both_files_are_there_afterwards_the_wheel_first(
    sources: LocalSources, make_desk: Make, feed: Feed
) -> None:
    desk = make_desk(feed)
    assert desk.publish() == [
        (WHEEL, "uploaded", "same hash"),
        (SDIST, "uploaded", "same hash"),
    ]
    for file in desk.files:
        found = sources.private_packages.find(file.filename)
        assert found is not None
        assert found.read_bytes() == file.path.read_bytes()
    assert leaks(sources, feed) == []


def test_what_is_there_with_the_same_bytes_is_not_sent_again(
    sources: LocalSources, make_desk: Make
) -> None:
    make_desk().publish()
    sources.log.clear()
    again = [(WHEEL, "already there", "same hash"), (SDIST, "already there", "same hash")]
    assert make_desk().publish() == again
    assert uploads(sources) == []


def test_what_is_there_with_other_bytes_is_not_replaced_and_nothing_is_sent(
    sources: LocalSources, make_desk: Make
) -> None:
    sources.add_sdist("acme-ledger", "1.0", files={"acme_ledger.py": "OTHER = 1\n"})
    error = make_desk().refused()
    assert SDIST in error.message
    assert WHEEL not in error.message
    assert "raise the version" in error.remedy
    assert uploads(sources) == []


def test_an_index_that_tells_no_hashes_is_asked_for_the_bytes(
    sources: LocalSources, make_desk: Make, tmp_path: Path
) -> None:
    made = tmp_path / "made"

    def plain(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        name = environ["PATH_INFO"].rpartition("/")[2]
        body = "".join(f'<a href="/acme/{f.name}">{f.name}</a>' for f in made.iterdir())
        kind, content = "text/html", body.encode()
        if name:
            kind, content = "application/zip", (made / name).read_bytes()
        start_response("200 OK", [("Content-Type", kind), ("Content-Length", str(len(content)))])
        return [content]

    with serve(plain, sources) as host:
        desk = make_desk("index", index=f"{host.origin}/acme/simple/")
        told = desk.publish()
        desk.files = tuple(replace(file, sha256="0" * 64) for file in desk.files)
        assert "raise the version" in desk.refused().remedy
    assert told == [(WHEEL, "already there", "no hash"), (SDIST, "already there", "no hash")]


def test_a_large_file_tells_how_far_it_is(make_desk: Make, tmp_path: Path) -> None:
    large = {"acme_ledger.bin": os.urandom(20 * 1024 * 1024)}
    desk = make_desk()
    wheel = make_wheel(tmp_path / "made", "acme-ledger", files=large, metadata=README)
    desk.files = (distribution(wheel),)
    desk.publish()
    assert f"{WHEEL}: 16.0 MiB of 20.0 MiB sent" in desk.progress.notes


def test_what_twine_refuses_is_not_published(make_desk: Make) -> None:
    with pytest.raises(PackageRefused, match=rf"{SDIST}.*long_description.*missing") as caught:
        check_distributions(make_desk().files)
    assert caught.value.exit_code == 6
    assert "readme" in caught.value.remedy
