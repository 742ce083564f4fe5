"""Which builder may answer for a run, and what it calls it."""

from __future__ import annotations

from lading.core.statements.runs import LOCAL, Run, parse_run

PIPELINE = {
    "SYSTEM_COLLECTIONURI": "https://dev.azure.com/acme/",
    "SYSTEM_TEAMPROJECT": "Web Shop",
    "SYSTEM_DEFINITIONID": "17",
    "BUILD_BUILDID": "4711",
    "SYSTEM_JOBATTEMPT": "2",
    "BUILD_SOURCEBRANCH": "refs/heads/main",
    "BUILD_REASON": "IndividualCI",
    "SYSTEM_ACCESSTOKEN": "hunter2-hunter2",
}
WORKFLOW = {
    "GITHUB_SERVER_URL": "https://github.acme.example",
    "GITHUB_REPOSITORY": "acme/orders",
    "GITHUB_WORKFLOW_REF": "acme/orders/.github/workflows/package.yml@refs/tags/v1",
    "GITHUB_RUN_ID": "4711",
    "GITHUB_RUN_ATTEMPT": "3",
    "GITHUB_REF": "refs/tags/v1",
    "RUNNER_ENVIRONMENT": "github-hosted",
    "GITHUB_TOKEN": "hunter2-hunter2",
}


def test_a_pipeline_is_named_by_its_definition_and_its_build() -> None:
    assert parse_run("azure-pipelines", PIPELINE) == Run(
        builder="https://dev.azure.com/acme/Web%20Shop/_build?definitionId=17",
        invocation="https://dev.azure.com/acme/Web%20Shop/_build/results?buildId=4711&attempt=2",
        ref="refs/heads/main",
        facts=(("event", "IndividualCI"),),
    )


def test_a_workflow_is_named_by_its_file_and_ref() -> None:
    assert parse_run("github", WORKFLOW) == Run(
        builder="https://github.acme.example/acme/orders/.github/workflows/package.yml@refs/tags/v1",
        invocation="https://github.acme.example/acme/orders/actions/runs/4711/attempts/3",
        ref="refs/tags/v1",
        facts=(("runner", "github-hosted"),),
    )


def test_without_the_names_of_a_builder_a_run_is_local() -> None:
    assert parse_run(None, WORKFLOW) == parse_run("github", {}) == parse_run("azure-pipelines", {})
    assert parse_run(None, {}).builder == LOCAL
