"""What a bill of lading beside a zip says is believed only where the zip says it too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lading.commands.deploy import DeployOptions, plan_deployments
from lading.core.config import App
from lading.core.verification import Verification
from tests.deployment.conftest import runs
from tests.operations.conftest import Desk


class VerifiedError(Exception):
    """Somebody wants a package verified."""


def verify(path: Path, app: App) -> Verification:
    raise VerifiedError(path, app)


def report_of(desk: Desk, mark: str, **changed: str) -> Path:
    """Write a package with its bill of lading, some of which is changed; return the zip."""
    package = desk.port.package(mark)
    told = {
        "sha256": package.sha256,
        "content_sha256": package.content_sha256,
        "size": package.size,
        "path": package.path,
        **{name: value for name, value in changed.items() if name != "python"},
    }
    document = {
        "schema": "lading/build-report/1",
        "python": changed.get("python", package.python),
        "artifact": told,
        "verdict": {"imported": True, "functions": [{"name": "price"}]},
    }
    path = Path(package.path)
    path.with_suffix(".json").write_text(json.dumps(document))
    return path


def test_a_report_that_says_what_the_zip_says_is_believed(desk: Desk) -> None:
    _, target = desk.declares("flex")
    options = DeployOptions(targets=(target,), artifact=report_of(desk, "one"))
    (intent,) = plan_deployments(desk.project, options, edges=desk.edges, verify=verify)
    assert intent.plan.release.package.functions == ("price",)


@pytest.mark.parametrize("name", ["sha256", "content_sha256", "python"])
def test_a_package_whose_report_says_something_else_is_verified(desk: Desk, name: str) -> None:
    site, target = desk.declares("premium")
    old = desk.port.package("old")
    assert desk.port.deploys(target, old).exit_code == 0
    # As if it were what runs there already: nothing would have to be done.
    lies = {"sha256": old.sha256, "content_sha256": old.content_sha256, "python": "3.12"}
    path = report_of(desk, "new", **{name: lies[name]})
    options = DeployOptions(targets=(target,), artifact=path)
    with pytest.raises(VerifiedError):
        plan_deployments(desk.project, options, edges=desk.edges, verify=verify)
    assert runs(site) == old.content_sha256
