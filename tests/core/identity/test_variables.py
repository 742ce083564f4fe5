"""A service principal is read from three variables, or from the JSON that azure/login takes."""

from __future__ import annotations

import json

import pytest

from lading.core.errors import CredentialError
from lading.core.identity.variables import read_principal

DOCUMENT = {"clientId": "jc", "tenantId": "jt", "clientSecret": "js", "subscriptionId": "x"}
VARIABLES = {"AZURE_CLIENT_ID": "c", "AZURE_TENANT_ID": "t", "AZURE_CLIENT_SECRET": " s\n"}


def test_three_whole_variables_come_before_the_document() -> None:
    found = read_principal({**VARIABLES, "AZURE_CREDENTIALS": json.dumps(DOCUMENT)})
    assert (found.client, found.tenant, found.secret.reveal()) == ("c", "t", "s")
    assert "AZURE_CLIENT_SECRET" in found.origin


def test_a_document_is_never_mixed_with_variables() -> None:
    ambient = {"AZURE_CLIENT_ID": "c", "AZURE_CREDENTIALS": json.dumps(DOCUMENT)}
    found = read_principal(ambient)
    assert (found.client, found.tenant, found.secret.reveal()) == ("jc", "jt", "js")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("clientSecret: s3cr3t", "no JSON document"),
        ('["s3cr3t"]', "no JSON object"),
        ('{"clientSecret": "s3cr3t", "tenantId": 7}', "lacks clientId and tenantId"),
    ],
)
def test_a_wrong_document_is_told_and_not_shown(text: str, says: str) -> None:
    with pytest.raises(CredentialError, match=says) as caught:
        read_principal({"AZURE_CREDENTIALS": text})
    assert "s3cr3t" not in str(caught.value)
