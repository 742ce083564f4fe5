"""What every test may ask for: local sources, a clean environment; and what none may do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypi_simple import PYPI_SIMPLE_ENDPOINT

from local_azure import LocalAzure
from local_sources import LocalSources
from local_sources.certificates import system_bundle
from tests.network_guard import NetworkGuard

# A run that was started in the background ignores Ctrl-C, and so would every program that a test
# starts and interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

# What a program needs to run at all.
_INHERITED = ("PATH", "SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "PATHEXT", "WINDIR")


@pytest.fixture(scope="session")
def network_guard() -> Iterator[NetworkGuard]:
    """Guard the whole session."""
    outer = os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy")
    bundle = str(system_bundle(os.environ))
    with NetworkGuard(_configured_index(), ca_bundle=bundle, outer=outer) as guard:
        yield guard


@pytest.fixture(autouse=True)
def network(network_guard: NetworkGuard) -> Iterator[NetworkGuard]:
    """Fail a test that wanted more of the network than loopback and the configured index."""
    network_guard.take_refusals()
    yield network_guard
    refusals = network_guard.take_refusals()
    if refusals:
        pytest.fail(f"tests may not reach: {', '.join(sorted(set(refusals)))}")


@pytest.fixture(scope="session")
def machine(network_guard: NetworkGuard) -> dict[str, str]:
    """Return the little of this machine's environment that every test needs."""
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    environment |= network_guard.variables()
    bundle = str(system_bundle(os.environ))
    environment |= dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT"), bundle)
    environment |= {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PIP_CONFIG_FILE": os.devnull}
    index = _configured_index()
    return environment | ({"PIP_INDEX_URL": index} if index != PYPI_SIMPLE_ENDPOINT else {})


@pytest.fixture
def ambient(machine: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """Return a clean environment: home, caches and temporary files are the test's own."""
    home = tmp_path / "home"
    folders = {
        "HOME": home,
        "USERPROFILE": home,
        "XDG_CACHE_HOME": home / ".cache",
        "XDG_CONFIG_HOME": home / ".config",
        "LOCALAPPDATA": home / "AppData",
        "TMPDIR": home / "tmp",
        "TEMP": home / "tmp",
        "TMP": home / "tmp",
    }
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    return machine | {name: str(folder) for name, folder in folders.items()}


@pytest.fixture(scope="session")
def shared_sources(machine: dict[str, str]) -> Iterator[LocalSources]:
    """Start the private sources once. Tests ask for `sources`."""
    # They pass the real index on also where a test closes it to everybody else.
    own_way = {
        name: os.environ[name] for name in ("HTTPS_PROXY", "https_proxy") if name in os.environ
    }
    own_way |= {k: v for k, v in machine.items() if not k.lower().endswith("_proxy")}
    with LocalSources(own_way) as started:
        yield started


@pytest.fixture
def sources(shared_sources: LocalSources) -> LocalSources:
    """Return the private sources as they are after a start."""
    shared_sources.reset()
    return shared_sources


@pytest.fixture(scope="session")
def shared_azure(machine: dict[str, str], shared_sources: LocalSources) -> Iterator[LocalAzure]:
    """Start the local Azure once. Tests ask for `azure`."""
    with LocalAzure(machine, certificates=shared_sources.certificates) as started:
        yield started


@pytest.fixture
def azure(shared_azure: LocalAzure, sources: LocalSources) -> LocalAzure:
    """Return the local Azure as it is after a start; the private sources accept its tokens."""
    shared_azure.reset()
    sources.trust(shared_azure.entra.recognises_devops, authority=shared_azure.authority)
    return shared_azure


def _configured_index() -> str:
    """Return the default index of this machine: pip's environment and configuration, or PyPI."""
    asked = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"],
        capture_output=True,
        text=True,
        check=False,
    )
    configured = asked.stdout.strip() if asked.returncode == 0 else ""
    return os.environ.get("PIP_INDEX_URL") or configured or PYPI_SIMPLE_ENDPOINT
