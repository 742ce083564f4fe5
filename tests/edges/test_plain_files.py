"""Of files with credentials only that they are there is read, as pip and uv find them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import uv

from lading.core.diagnosis.facts import KeptCredential
from lading.edges.plain_files import read_netrc_hosts, scan_kept_credentials

ENTRY = "login me password s3cret\n"


def test_the_file_that_the_environment_names_wins(tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text(f"machine home.test {ENTRY}")
    named = tmp_path / "other"
    named.write_text(f"machine NAMED.test {ENTRY}default {ENTRY}")
    found = read_netrc_hosts({"HOME": str(tmp_path), "NETRC": str(named)})
    assert found is not None
    assert (found.path, found.hosts) == (str(named), ("default", "named.test"))
    assert "s3cret" not in str(found)


@pytest.mark.parametrize("content", [None, "machine", "\udcff"])
def test_a_missing_or_damaged_file_counts_for_nothing(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / ".netrc").write_bytes(content.encode("utf-8", "surrogateescape"))
    assert read_netrc_hosts({"HOME": str(tmp_path)}) is None


@pytest.mark.skipif(sys.platform == "win32", reason="modes")
@pytest.mark.parametrize(("mode", "others"), [(0o600, False), (0o640, True), (0o644, True)])
def test_a_file_that_others_may_read_is_known(tmp_path: Path, mode: int, *, others: bool) -> None:
    path = tmp_path / ".netrc"
    path.write_text(f"machine home.test {ENTRY}")
    path.chmod(mode)
    found = read_netrc_hosts({"HOME": str(tmp_path)})
    assert found is not None
    assert found.read_by_others is others


@pytest.mark.parametrize(
    ("content", "is_found"),
    [
        ("[pypi]\nusername = __token__\npassword = pypi-x\n", True),
        ("[pypi]\nusername = __token__\n", False),
        ("[distutils]\nindex-servers =\n  acme\n", False),
        ("[pypi]\npassword =\n", False),
        ("no section", False),
    ],
)
def test_a_password_for_uploads_is_noticed(tmp_path: Path, content: str, *, is_found: bool) -> None:
    path = tmp_path / ".pypirc"
    path.write_text(content)
    expected = (KeptCredential(path=str(path), tool="uploads"),) if is_found else ()
    assert scan_kept_credentials({"HOME": str(tmp_path)}) == expected


def test_what_uv_itself_keeps_is_noticed(ambient: dict[str, str]) -> None:
    assert scan_kept_credentials(ambient) == ()
    login = ("auth", "login", "https://feeds.test", "--username", "me", "--password", "-")
    subprocess.run(
        [uv.find_uv_bin(), *login], input="s3cret", text=True, env=ambient, check=True, timeout=60
    )
    (found,) = scan_kept_credentials(ambient)
    assert found.tool == "uv"
    assert "s3cret" in Path(found.path).read_text()


def test_without_a_home_nothing_is_found(tmp_path: Path) -> None:
    assert scan_kept_credentials({"HOME": str(tmp_path / "nowhere")}) == ()
