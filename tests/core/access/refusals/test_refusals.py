"""Each typical refusal of a known host says what it means and which right to grant, and where."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.core.access import answers
from lading.core.access.asked import Answer, Question
from lading.core.access.refusals import (
    artifactory,
    azure_devops,
    bitbucket,
    github,
    gitlab,
)
from tests.core.access.refusals.typical import (
    APP,
    ENTRA,
    EVERY,
    FEED,
    GH_TOKEN,
    GITHUB,
    JOB,
    PAT,
    PIPELINE,
    REPOSITORY,
    WORKFLOW,
    Refusal,
    answer,
    question,
)


@pytest.mark.parametrize("refusal", EVERY, ids=lambda r: f"{r.kind}-{r.status}-{r.says[:24]}")
def test_a_refusal_says_what_it_means_and_what_to_grant(refusal: Refusal) -> None:
    error = answers.refused(question(refusal), answer(refusal))
    assert error.exit_code == 4
    assert refusal.says in error.message
    assert refusal.grants in error.remedy
    assert f"answered {refusal.status} to {refusal.origin}" in error.message
    assert refusal.url in error.message
    for text in (error.message, error.remedy):
        assert "\n" not in text
        assert "<" not in text
        assert "{" not in text.replace("${{ github.token }}", "")


@pytest.mark.parametrize("module", [azure_devops, github, gitlab, bitbucket, artifactory])
def test_what_a_table_names_is_always_known(module: object) -> None:
    tables = [getattr(module, name) for name in ("_CASES", "_DATA_CENTER") if hasattr(module, name)]
    for origin in (PIPELINE, PAT, ENTRA, WORKFLOW, GH_TOKEN, APP, JOB):
        for url in (FEED, REPOSITORY, GITHUB, "https://a.test/", "no URL"):
            for case in (case for table in tables for case in table):
                asked = Question(place="x", subject="x", url=url, origin=origin)
                # By its words it is found first, or another one is; no name may be missing.
                body = " ".join(case.words)
                for status in case.statuses or (401,):
                    told = module.explain(asked, Answer(status=status, body=body))  # type: ignore[attr-defined]
                    assert told is None or told.remedy


@given(
    st.integers(min_value=200, max_value=599),
    st.text() | st.text(alphabet='{}[]":,<>/title ' + string.ascii_letters),
    st.sampled_from([refusal.url for refusal in EVERY]),
    st.text(max_size=40),
)
def test_whatever_a_host_says_the_error_is_one_line_and_short(
    status: int, body: str, url: str, header: str
) -> None:
    asked = Question(place="the source acme", subject="acme-tax", url=url, origin=PAT)
    headers = {"x-tfs-serviceerror": header, "content-type": header, "retry-after": header}
    error = answers.refused(asked, Answer(status=status, headers=headers, body=body, reason=header))
    assert error.message.isprintable()
    assert len(error.message) < 800
    assert error.remedy
