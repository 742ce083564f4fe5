"""Each source is asked, and what it refuses is told in the words of a build."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from local_azure import LocalAzure
from local_sources import LocalSources
from local_sources.faults import Fault
from tests.acceptance.doctor.told import checks, examined
from tests.support import make_project
from tests.user import User


def test_the_document_says_what_opens_each_source(
    careful: User, sources: LocalSources, project: Path
) -> None:
    document = examined(careful, project, "--json").document()
    assert document["schema"] == "lading/diagnosis/1"
    assert [one["name"] for one in document["sources"]] == ["acme", "acme-git"]
    assert document["sources"][0]["opened"] == [
        {
            "origin": "the variable ACME_TOKEN",
            "reason": "",
            "scope": sources.index.origin + "/",
            "expires": None,
        }
    ]


@pytest.mark.parametrize(("fault", "word"), [("401", "401"), ("403", "403"), ("500", "500")])
def test_a_refusal_has_the_words_of_a_build_and_stops_no_other_source(
    careful: User, sources: LocalSources, project: Path, fault: Fault, word: str
) -> None:
    sources.index.fail(fault)
    built = careful.types(project, "build")
    said = careful.types(project, "doctor", "--json")
    assert said.code == built.code
    refused = checks(said, "sources", name="acme")["acme-pricing"]
    assert word in refused["text"]
    assert refused["remedy"].splitlines()[0] in built.stderr
    assert checks(said, "sources", name="acme-git")["platform/_git/acme-tax"]["verdict"] == "good"


def test_a_host_that_is_not_there_is_told(
    careful: User, sources: LocalSources, project: Path
) -> None:
    sources.index.stop()
    said = examined(careful, project, code=4)
    assert "FAIL  acme-pricing" in said.stdout
    assert "Connection refused" in said.stdout
    assert "HTTPS_PROXY" in said.stdout
    assert said.stdout.endswith("\n1 failure\n")


def test_a_private_name_that_its_source_lacks_is_told(
    careful: User, sources: LocalSources, tmp_path: Path
) -> None:
    project = make_project(
        tmp_path / "p", requirements=["acme-pricing", "acme-nothing"], sources=sources
    )
    said = examined(careful, project, "--json", code=4)
    asked = checks(said, "sources", name="acme")
    assert asked["acme-pricing"]["verdict"] == "good"
    assert "has no package acme-nothing" in asked["acme-nothing"]["text"]


def test_a_credential_of_another_organisation_does_not_open_the_feed(
    careful: User, sources: LocalSources, tmp_path: Path
) -> None:
    project = make_project(
        tmp_path / "p", requirements=["acme-core"], sources=sources, feed="azure"
    )
    careful.environment["ACME_TOKEN"] = sources.contoso_token
    said = careful.types(project, "doctor", "--source", "acme", "--json")
    assert said.code in {3, 4}
    assert checks(said, "sources", name="acme")["acme-core"]["verdict"] == "wrong"
    assert {request.credential for request in sources.log() if request.host == "azure"} == {
        "contoso"
    }


def test_a_missing_credential_is_the_worst_and_the_others_are_asked_all_the_same(
    careful: User, sources: LocalSources, project: Path
) -> None:
    sources.git.stop()
    said = examined(careful, project, "--json", code=3, ACME_TOKEN=None)
    refused = checks(said, "sources", name="acme")["credential"]
    assert "ACME_TOKEN is not set" in refused["text"]
    assert "gave no answer" in str(checks(said, "sources", name="acme-git"))
    assert not [request for request in sources.log() if request.host == "index"]


def test_a_ref_that_is_not_there_is_told_with_one_that_is(
    careful: User, sources: LocalSources, tmp_path: Path
) -> None:
    git = f"acme-tax @ git+{sources.tax_url}@v2.1.1"
    project = make_project(tmp_path / "p", requirements=[git], sources=sources)
    said = examined(careful, project, "--source", "acme-git", code=4)
    assert "has no branch, tag or commit v2.1.1" in said.stdout
    assert "It has v2.1.0" in said.stdout


def test_a_repository_that_is_not_there_is_told(
    careful: User, sources: LocalSources, tmp_path: Path
) -> None:
    git = f"acme-tax @ git+{sources.git_url}platform/_git/nothing"
    project = make_project(tmp_path / "p", requirements=[git], sources=sources)
    examined(careful, project, "--source", "acme-git", code=4)


def test_sources_of_which_nothing_is_needed_are_asked_for_what_they_show(
    careful: User, sources: LocalSources, tmp_path: Path
) -> None:
    project = make_project(tmp_path / "p", requirements=["idna"], sources=sources)
    said = examined(careful, project)
    assert "it shows its list of names" in said.stdout
    assert "names a repository below it: only the credential is known" in said.stdout
    refused = careful.types(project, "doctor", "--source", "acme", ACME_TOKEN="wrong")
    assert refused.code in {3, 4}
    assert "FAIL  reached" in refused.stdout


def test_what_the_lock_names_is_asked_for_too(
    careful: User, sources: LocalSources, project: Path
) -> None:
    sources.passes_on = True
    assert careful.types(project, "lock").code == 0
    sources.passes_on = False
    said = examined(careful, project, "--json")
    assert list(checks(said, "sources", name="acme")) == ["acme-core", "acme-pricing"]
    assert "is one of them" in str(checks(said, "sources", name="acme-git"))
    assert "locked as" in checks(said, "project")["orders"]["text"]


def test_offline_asks_nobody(careful: User, sources: LocalSources, project: Path) -> None:
    said = examined(careful, project, "--offline", ACME_TOKEN=None)
    assert "not asked (--offline): acme, acme-git" in said.stdout
    assert not sources.log()


def test_a_source_that_is_not_declared_is_answered_with_the_right_one(
    careful: User, project: Path
) -> None:
    said = examined(careful, project, "--source", "acme-gti", code=2)
    assert "Did you mean acme-git?" in said.stderr


def test_one_source_alone_is_asked(careful: User, sources: LocalSources, project: Path) -> None:
    examined(careful, project, "--source", "acme-git")
    assert {request.host for request in sources.log()} == {"git"}


def test_an_identity_is_told_with_its_reason_and_its_end(
    careful: User, sources: LocalSources, azure: LocalAzure, tmp_path: Path
) -> None:
    lines = ["[tool.lading.sources.acme]", f'index = "{sources.azure_url}"']
    lines += ['packages = ["acme-*"]', 'credential = "azure-devops"']
    lines += [f'scope = "{sources.azure.origin}/acme/"']
    project = make_project(
        tmp_path / "p", requirements=["acme-core"], configuration="\n".join(lines)
    )
    careful.environment |= azure.variables("client-secret", folder=tmp_path / "run")
    said = examined(careful, project)
    assert "a token of Entra ID (client-secret), because " in said.stdout
    assert re.search(r"; expires in \d+ min, at \d\d:\d\d \w+\n", said.stdout)
    assert f"sent to {sources.azure.origin}/acme/ and nowhere else" in said.stdout
    for secret in (*azure.secrets("client-secret"), *azure.issued):
        assert secret not in said.text
