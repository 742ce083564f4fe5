"""Which host it is that refuses, and what else than a status is a refusal."""

from __future__ import annotations

import pytest

from lading.core.access import answers
from lading.core.access.asked import Answer, Question
from lading.core.access.refusals import (
    explain,
)
from tests.core.access.refusals.typical import (
    ARTIFACTORIES,
    AZURE_DEVOPS,
    FEED,
    GITHUBS,
    GITLABS,
    Refusal,
    exception,
    question,
)


def test_a_host_is_known_by_what_it_says_of_itself() -> None:
    asked = Question(place="the source acme", subject="tax", url="https://git.acme.test/acme/tax")
    for header, told in {
        "x-github-request-id": "GitHub",
        "x-gitlab-meta": "GitLab",
        "x-jfrog-version": "Artifactory",
        "x-tfs-session": "organisation",
    }.items():
        meaning = explain(asked, Answer(status=401, headers={header: "1"}))
        assert meaning is not None
        assert told in meaning.message
    assert explain(asked, Answer(status=401)) is None


def test_only_a_host_that_says_so_makes_a_missing_page_a_failure() -> None:
    feed = question(AZURE_DEVOPS[0])
    gone = exception("The feed with ID 'internal' doesn't exist.", "FeedIdNotFoundException")
    no_package = exception("The package 'acme-tax' could not be found.", "PackageNotFoundException")
    assert answers.is_failure(feed, Answer(status=404, body=gone))
    assert not answers.is_failure(feed, Answer(status=404, body=no_package))
    assert not answers.is_failure(feed, Answer(status=404))
    assert not answers.is_failure(question(ARTIFACTORIES[0]), Answer(status=404, body="Not Found"))


@pytest.mark.parametrize(
    ("refusal", "place", "remedy"),
    [
        (AZURE_DEVOPS[0], "https://spsprodweu1.vssps.visualstudio.com/_signin", "Packaging: Read"),
        (AZURE_DEVOPS[0], "https://login.microsoftonline.com/common/oauth2", "Packaging: Read"),
        (GITLABS[-1], "https://gitlab.com/users/sign_in", "read_api"),
        (GITHUBS[0], "https://github.com/login", "Contents: Read-only"),
    ],
)
def test_a_way_to_the_sign_in_page_is_a_refused_credential(
    refusal: Refusal, place: str, remedy: str
) -> None:
    reason = f"redirects to {place}, which is outside https://a.test/"
    error = answers.led_astray(question(refusal), refusal.url, reason)
    assert error.exit_code == 4
    assert f"answers {refusal.origin} with its sign-in page" in error.message
    assert remedy in error.remedy


def test_any_other_way_out_of_a_source_is_not_followed() -> None:
    for place in ("https://a.test/loginx", "https://files.a.test/blob", "http://a.test/_signin"):
        reason = f"redirects to {place}, which is outside https://a.test/"
        error = answers.led_astray(question(AZURE_DEVOPS[0]), FEED, reason)
        assert "is not followed" in error.message
