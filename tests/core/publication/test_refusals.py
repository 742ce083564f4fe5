from __future__ import annotations

import re

import pytest

from lading.core.config import CredentialSpec, IndexSource
from lading.core.publication.refusals import refused_upload

SOURCE = IndexSource(
    name="acme",
    url="https://pkgs.dev.azure.com/acme/_packaging/internal/pypi/simple/",
    packages=("acme-*",),
    credential=CredentialSpec(kind="azure-devops"),
    scope="https://pkgs.dev.azure.com/acme/",
    upload="https://pkgs.dev.azure.com/acme/_packaging/internal/pypi/upload/",
)
HTML = (
    "<!DOCTYPE html><html><head><title>Error: 409</title><style>p {}</style></head>"
    "<body><pre>Package &#039;a-1.0.whl&#039; already\n exists!</pre></body></html>"
)


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, "", "Renew.*azure-devops.*Feed Publisher"),
        (203, "<html>Sign in</html>", "Renew"),
        (403, "TF400813: not authorized", "TF400813.*may not upload.*Feed Publisher"),
        (403, "Artifact exists and cannot be replaced", "raise it"),
        (404, "", "Check upload"),
        (404, "Feed does not exist", "Check upload"),
        (405, "", "Check upload"),
        (409, HTML, "Package 'a-1.0.whl' already exists!.*raise it"),
        (400, "File already exists.", "raise it"),
        (400, '{"message": "Invalid classifier"}', "Invalid classifier.*pyproject"),
        (400, '{"errors": [{"message": "No"}]}', "No.*pyproject"),
        (413, "", "size"),
        (500, "", "later"),
        (418, "", "Ask the people"),
    ],
)
def test_each_refusal_says_what_to_do(status: int, body: str, words: str) -> None:
    error = refused_upload(SOURCE, "a-1.0.whl", status, body)
    assert error.exit_code == 4
    assert f"{status} from {SOURCE.upload}" in error.message
    assert re.search(f"(?s){words}", str(error)), str(error)


@pytest.mark.parametrize("body", ["{", "{" * 100_000, '{"message": 3}', "\x1b[31mred\n##vso[x]"])
def test_a_strange_body_stays_one_short_line(body: str) -> None:
    message = refused_upload(SOURCE, "a-1.0.whl", 400, body).message
    assert len(message) < 500
    assert "\n" not in message
    assert "\x1b" not in message
