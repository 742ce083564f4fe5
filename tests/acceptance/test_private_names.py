"""A private name has one home: whatever happens there, the public namesake is never taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_sources import LocalSources, write_sample_project
from local_sources.faults import Fault
from tests.support import make_project
from tests.user import User, members

SITE = ".python_packages/lib/site-packages/"
EVIL = {"acme_pricing/__init__.py": "raise SystemExit('the public one')\n"}


@pytest.fixture
def attacked(sources: LocalSources) -> LocalSources:
    """Return sources beside which the public index offers a higher version of private names."""
    for name in ("acme-pricing", "acme-core"):
        sources.public_packages.add_wheel(name, "99.0", files=EVIL)
    return sources


def chosen(artifact: Path) -> set[str]:
    return {
        name.removeprefix(SITE).split("/")[0]
        for name in members(artifact)
        if name.endswith(".dist-info/METADATA")
    }


def test_a_healthy_feed_serves_its_names_also_below_other_packages(
    user: User, attacked: LocalSources, tmp_path: Path
) -> None:
    project = write_sample_project(attacked, tmp_path / "p")
    user.builds(project)
    assert not {name for name in chosen(project / "dist/orders.zip") if "-99.0" in name}
    assert not attacked.log(host="public", path="acme")


@pytest.mark.parametrize("fault", ["401", "404", "500", None], ids=str)
@pytest.mark.parametrize("depth", ["direct", "below"])
def test_a_failing_feed_ends_the_run_and_says_what_to_do(
    user: User, attacked: LocalSources, tmp_path: Path, fault: Fault | None, depth: str
) -> None:
    asks = "acme-pricing"
    if depth == "below":
        # A public package that requires the private one.
        attacked.public_packages.add_wheel("open-shop", "1.0", requires=["acme-pricing"])
        asks = "open-shop"
    project = make_project(tmp_path / "p", requirements=[asks], sources=attacked)
    if fault is None:
        attacked.index.stop()
    else:
        attacked.index.fail(fault)
    said = user.types(project, "build")
    assert said.code == 4, said.text
    assert "acme-pricing" in said.stderr
    assert "the source acme" in said.stderr
    assert "→" in said.stderr
    assert "99.0" not in said.text
    assert not list(project.rglob("*.lock"))
    assert not (project / "dist/orders.zip").exists()
    assert "Traceback" not in said.text


def test_a_version_that_has_only_a_source_is_not_passed_over(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    sources.add_wheel("acme-ledger", "1.9", files={"acme_ledger.py": "VERSION = 1\n"})
    sources.add_sdist("acme-ledger", "2.0", files={"acme_ledger.py": "VERSION = 2\n"})
    project = make_project(tmp_path / "p", requirements=["acme-ledger"], sources=sources)
    user.builds(project)
    inside = members(project / "dist/orders.zip")
    assert inside[f"{SITE}acme_ledger.py"] == b"VERSION = 2\n"
    assert f"{SITE}acme_ledger-2.0.dist-info/METADATA" in inside


def test_a_source_whose_requirements_only_a_build_tells_is_built_to_know_them(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    sources.add_wheel("acme-helper", "1.0", files={"acme_helper.py": ""})
    sources.add_sdist("acme-ledger", "2.0", requires=["acme-helper"], dynamic=True)
    project = make_project(tmp_path / "p", requirements=["acme-ledger"], sources=sources)
    user.builds(project)
    assert {"acme_ledger-2.0.dist-info", "acme_helper-1.0.dist-info"} == chosen(
        project / "dist/orders.zip"
    )


def test_a_feed_that_mirrors_everything_is_enough(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    sources.add_sdist("acme-ledger", "2.0")
    project = write_sample_project(sources, tmp_path / "p", feed="mirror")
    requirements = project / "functionapp/requirements.txt"
    requirements.write_text(requirements.read_text() + "acme-ledger\n")
    # Nothing but the feed and the Git host can be reached: the build requirements come from it too.
    closed = {"PIP_INDEX_URL": "https://127.0.0.1:9/simple/", "HTTPS_PROXY": "http://127.0.0.1:9"}
    user.builds(project, LADING_CACHE=str(tmp_path / "store"), **closed)
    assert {request.host for request in sources.log()} <= {"mirror", "git"}


def test_azure_artifacts_shape_is_followed_and_the_credential_is_not(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    project = write_sample_project(sources, tmp_path / "p", feed="azure")
    user.builds(project, LADING_CACHE=str(tmp_path / "store"))
    assert sources.log(host="blob")
    assert sources.log(host="blob") == sources.log(host="blob", credential="nothing")
    assert not sources.log.leaks("acme", home="azure", scope="/acme/")


def test_a_conflict_names_the_two_sides(user: User, sources: LocalSources, tmp_path: Path) -> None:
    sources.add_wheel("acme-left", "1.0", requires=["acme-shared<2"])
    sources.add_wheel("acme-right", "1.0", requires=["acme-shared>=2"])
    for version in ("1.0", "2.0"):
        sources.add_wheel("acme-shared", version)
    project = make_project(
        tmp_path / "p", requirements=["acme-left", "acme-right"], sources=sources
    )
    said = user.types(project, "lock")
    assert said.code == 5
    assert "acme-left" in said.stderr
    assert "acme-right" in said.stderr
    assert "127.0.0.1" not in said.text


def test_requirements_that_resolve_to_nothing_are_an_error(user: User, tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", requirements=['idna; sys_platform == "win32"'])
    said = user.types(project, "build")
    assert said.code == 5
    assert "marker" in said.stderr


def test_a_public_name_that_a_private_feed_has_too_is_told(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    sources.add_wheel("shop-core", "1.0")
    sources.public_packages.add_wheel("shop-core", "2.0")
    project = make_project(tmp_path / "p", requirements=["shop-core"], sources=sources)
    said = user.types(project, "lock")
    assert said.code == 0, said.text
    assert "shop-core" in said.stderr
    assert "acme" in said.stderr
