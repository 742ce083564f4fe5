"""Tests stay off the network, and the guard that holds them there is real."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pypi_simple import PYPI_SIMPLE_ENDPOINT, PyPISimple

from local_sources import LocalSources
from tests.network_guard import ForbiddenConnectionError, NetworkGuard
from tests.support import require
from tests.traced import run_traced

ROOT = Path(__file__).parents[1]
# Reserved for documentation (RFC 5737, RFC 2606): nobody answers there.
NOWHERE = "192.0.2.1"
NOBODY = "forbidden.example"


def test_a_connection_to_an_address_elsewhere_is_refused(network: NetworkGuard) -> None:
    with pytest.raises(ForbiddenConnectionError, match=NOWHERE):
        socket.create_connection((NOWHERE, 443), timeout=5)
    assert any(NOWHERE in refusal for refusal in network.take_refusals())


def test_a_look_up_of_a_name_elsewhere_is_refused(network: NetworkGuard) -> None:
    with pytest.raises(ForbiddenConnectionError, match=NOBODY):
        socket.getaddrinfo(NOBODY, 443)
    assert network.take_refusals() == (NOBODY,)


def test_a_datagram_elsewhere_is_refused(network: NetworkGuard) -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
        pytest.raises(ForbiddenConnectionError),
    ):
        datagrams.sendto(b"?", (NOWHERE, 53))
    assert network.take_refusals() == (f"{NOWHERE}:53",)


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1])).close()


def test_the_configured_index_is_open(machine: dict[str, str]) -> None:
    with PyPISimple(machine.get("PIP_INDEX_URL", PYPI_SIMPLE_ENDPOINT)) as index:
        assert index.get_project_page("idna").packages


def test_pip_reaches_the_index_through_the_guard(ambient: dict[str, str], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", "download", "--no-deps", "-d", tmp_path / "got", "idna"],
        env=ambient,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "got").iterdir())) == 1


def test_the_index_may_be_closed_while_a_mirror_passes_it_on(
    network: NetworkGuard, sources: LocalSources, ambient: dict[str, str], tmp_path: Path
) -> None:
    words = (sys.executable, "-m", "pip", "download", "--no-deps", "--retries=0", "-d", tmp_path)
    trusting = sources.environment(ambient)
    with network.loopback_only():
        closed = subprocess.run((*words, "idna"), env=trusting, capture_output=True, check=False)
        mirror = trusting | {"PIP_INDEX_URL": sources.public_url}
        page = subprocess.run(
            (sys.executable, "-m", "pip", "index", "versions", "idna"),
            env=mirror,
            capture_output=True,
            text=True,
            check=False,
        )
    assert closed.returncode != 0
    assert network.take_refusals()
    assert page.stdout.startswith("idna (")


def test_a_trace_sees_what_goes_past_the_proxy(tmp_path: Path, ambient: dict[str, str]) -> None:
    require("strace")
    reach = (
        "import socket\n"
        "with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s: s.connect(('%s', 53))\n"
        "with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s: s.connect(('::1', 54))\n"
    )
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {reach % NOWHERE!r}])"
    traced = run_traced([sys.executable, "-c", program], environment=ambient, folder=tmp_path)
    assert traced.code == 0, traced.output
    assert (NOWHERE, 53) in traced.connections
    assert traced.elsewhere == ((NOWHERE, 53),)


@pytest.mark.parametrize(
    "command",
    [
        (sys.executable, "-m", "pip", "download", "--retries=0", f"-ihttps://{NOBODY}/", "idna"),
        (
            *(sys.executable, "-m", "uv", "pip", "install", "--dry-run", "--target=x"),
            *(f"--default-index=https://{NOBODY}/", "idna"),
        ),
        ("git", "ls-remote", f"https://{NOBODY}/repository"),
        ("git", "ls-remote", f"http://{NOBODY}/repository"),
    ],
    ids=["pip", "uv", "git", "git without TLS"],
)
def test_a_child_that_goes_elsewhere_is_refused_and_recorded(
    command: tuple[str, ...], ambient: dict[str, str], tmp_path: Path, network: NetworkGuard
) -> None:
    require(command[0])
    environment = ambient | {"UV_HTTP_RETRIES": "0"}
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode != 0
    assert any(NOBODY in refusal for refusal in network.take_refusals())


def test_a_test_that_goes_elsewhere_fails_even_if_it_does_not_notice(tmp_path: Path) -> None:
    tmp_path.joinpath("test_careless.py").write_text(
        "import socket\n"
        "from contextlib import suppress\n"
        "def test_careless():\n"
        "    with suppress(OSError):\n"
        f"        socket.create_connection(('{NOWHERE}', 443), timeout=5)\n"
        "def test_careful():\n"
        "    socket.getaddrinfo('localhost', 443)\n",
        encoding="utf-8",
    )
    words: list[str | Path] = [
        "-c",
        ROOT / "pyproject.toml",
        "--rootdir",
        ROOT,
        "-p",
        "tests.conftest",
    ]
    words += ["-p", "no:cacheprovider", "-p", "no:xdist", tmp_path]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "2 passed" in done.stdout
    assert "1 error" in done.stdout
    assert f"tests may not reach: {NOWHERE}" in done.stdout
