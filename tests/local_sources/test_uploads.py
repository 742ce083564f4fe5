"""The hosts take uploads from a publisher as twine sends them, and from nobody else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from local_sources import LocalSources
from local_sources.sources import USER
from tests.support import make_wheel

WHEEL = "acme_ledger-1.0-py3-none-any.whl"


def twine(trusting: dict[str, str], url: str, wheel: Path, token: str) -> str:
    """Upload a wheel with twine's own program, and return what it said."""
    secret = {"TWINE_USERNAME": USER, "TWINE_PASSWORD": token}
    words = ["upload", "--disable-progress-bar", "--non-interactive", "--repository-url", url]
    done = subprocess.run(
        [sys.executable, "-m", "twine", *words, str(wheel)],
        env=trusting | secret,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return f"{done.returncode}\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("feed", ["index", "azure"])
def test_twine_uploads_to_both_kinds_of_index(
    sources: LocalSources, trusting: dict[str, str], tmp_path: Path, feed: str
) -> None:
    url = sources.index_upload_url if feed == "index" else sources.azure_upload_url
    wheel = make_wheel(tmp_path, "acme-ledger")
    said = twine(trusting, url, wheel, sources.publisher_token)
    assert said.startswith("0\n"), said
    statuses = [request.status for request in sources.log() if request.method == "POST"]
    assert statuses == ([200] if feed == "index" else [202])
    found = sources.private_packages.find(WHEEL)
    assert found is not None
    assert found.read_bytes() == wheel.read_bytes()


@pytest.mark.parametrize(("who", "status"), [("token", 403), ("contoso_token", 401)])
def test_nobody_else_may_upload(
    sources: LocalSources, trusting: dict[str, str], tmp_path: Path, who: str, status: int
) -> None:
    wheel = make_wheel(tmp_path, "acme-ledger")
    said = twine(trusting, sources.index_upload_url, wheel, getattr(sources, who))
    assert str(status) in said
    assert sources.private_packages.find(WHEEL) is None


def test_what_is_there_is_not_replaced(
    sources: LocalSources, trusting: dict[str, str], tmp_path: Path
) -> None:
    there = sources.add_wheel("acme-ledger", "1.0", files={"acme_ledger.py": "OTHER = 1\n"})
    before = there.read_bytes()
    wheel = make_wheel(tmp_path, "acme-ledger")
    said = twine(trusting, sources.azure_upload_url, wheel, sources.publisher_token)
    assert said.startswith("1\n")
    assert there.read_bytes() == before
