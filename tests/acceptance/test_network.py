"""What a build asks of the network: the index and the declared sources, or the one feed alone."""

from __future__ import annotations

import sys
from pathlib import Path

from local_sources import LocalSources, write_sample_project
from tests.network_guard import NetworkGuard
from tests.support import require
from tests.traced import run_traced
from tests.user import User


def test_nothing_that_a_build_starts_goes_past_the_proxy(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    require("strace")
    project = write_sample_project(sources, tmp_path / "p")
    traced = run_traced([*user.program, "build"], environment=user.environment, folder=project)
    assert traced.code == 0, traced.output
    assert traced.connections
    assert traced.elsewhere == ()


def test_nothing_that_a_tool_with_access_starts_goes_past_the_proxy(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    require("strace")
    project = write_sample_project(sources, tmp_path / "p")
    pip = (sys.executable, "-m", "pip", "install", "--target", "vendored")
    command = [*user.program, "with-access", "--", *pip, "-r", "functionapp/requirements.txt"]
    traced = run_traced(command, environment=user.environment, folder=project)
    assert traced.code == 0, traced.output
    assert (project / "vendored/acme_tax").is_dir()
    assert traced.connections
    assert traced.elsewhere == ()


def test_a_feed_that_mirrors_everything_is_all_that_a_build_needs(
    user: User, sources: LocalSources, network: NetworkGuard, tmp_path: Path
) -> None:
    project = write_sample_project(sources, tmp_path / "p", feed="mirror")
    with network.loopback_only():
        user.builds(project, LADING_CACHE=str(tmp_path / "store"))
    assert not sources.log(host="public")
    assert {request.credential for request in sources.log(host="mirror")} == {"acme"}
    # Build requirements too: acme-tax is built with setuptools.
    assert sources.log(host="mirror", path="setuptools-")
