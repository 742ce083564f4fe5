"""Whatever a source answers, the error names the source, the package, the reason and a remedy."""

from __future__ import annotations

import pytest

from lading.core.access import answers
from lading.core.access.asked import Answer, Question
from lading.core.config import CredentialSpec

QUESTION = Question(
    place="the source acme",
    subject="acme-pricing",
    url="https://pkgs.test/simple/acme-pricing/",
    credential=CredentialSpec(kind="env", arguments=("ACME_TOKEN",)),
)


@pytest.mark.parametrize("status", [203, 401, 403, 404, 410, 418, 429, 500, 503])
def test_every_status_names_source_package_status_and_remedy(status: int) -> None:
    error = answers.refused(QUESTION, Answer(status=status))
    assert error.exit_code == 4
    for told in ("the source acme", "acme-pricing", str(status), QUESTION.url):
        assert told in error.message
    assert error.remedy


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_credential_is_named_as_it_was_declared(status: int) -> None:
    assert '"env:ACME_TOKEN"' in answers.refused(QUESTION, Answer(status=status)).message


def test_each_host_has_its_own_right_to_grant() -> None:
    azure = Question(
        place="the source acme",
        subject="x",
        url="",
        credential=CredentialSpec(kind="azure-devops"),
    )
    assert "Feed Reader" in answers.refused(azure, Answer(status=403)).remedy


def test_a_missing_private_package_is_never_taken_from_elsewhere() -> None:
    error = answers.missing_package(QUESTION, "404")
    assert error.message == (
        "the source acme has no package acme-pricing "
        "(404 from https://pkgs.test/simple/acme-pricing/)"
    )
    assert "never taken from elsewhere" in error.remedy
