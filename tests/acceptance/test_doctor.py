"""`doctor`: what works is told with its evidence, what does not with the words of a build."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from local_azure import LocalAzure
from local_sources import LocalSources
from local_sources.faults import Fault
from tests.support import make_project, require
from tests.user import Said, User

REQUIREMENTS = ("idna", "acme-pricing")


@pytest.fixture
def careful(user: User, sources: LocalSources) -> User:
    """Return a user on a clean machine, whose public index knows nothing but its own."""
    sources.passes_on = False
    user.environment |= {"GIT_CONFIG_SYSTEM": os.devnull}
    return user


@pytest.fixture
def project(tmp_path: Path, sources: LocalSources) -> Path:
    git = f"acme-tax @ git+{sources.tax_url}@v2.1.0"
    return make_project(tmp_path / "p", requirements=[*REQUIREMENTS, git], sources=sources)


def examined(user: User, project: Path, *words: str, code: int = 0, **env: str | None) -> Said:
    said = user.types(project, "doctor", *words, **env)
    assert said.code == code, said.text
    assert "Traceback" not in said.text
    return said


def checks(said: Said, section: str, *, name: str = "") -> dict[str, dict[str, Any]]:
    document = said.document()
    if name:
        found = next(one for one in document[section] if one["name"] == name)["checks"]
    else:
        found = document[section]
    return {check["subject"]: check for check in found}


def risks(said: Said) -> dict[str, dict[str, Any]]:
    return {check["code"]: check for check in said.document()["risks"]}


def test_a_healthy_project_on_a_clean_machine_has_no_failure_and_no_risk(
    careful: User, sources: LocalSources, project: Path
) -> None:
    said = examined(careful, project)
    assert said.stdout.endswith("\nAll well\n")
    assert "risk" not in said.stdout
    assert re.search(r"ok +acme-pricing +1 file, newest 1\.9\.0, \d+ ms\n", said.stdout)
    assert re.search(r"platform/_git/acme-tax\n +4 refs; v2\.1\.0 is there, \d+ ms\n", said.stdout)
    assert f"sent to {sources.git_url} and nowhere else" in said.stdout
    assert "the variable ACME_TOKEN" in said.stdout
    assert re.search(r"ok +Python 3\.11 +3\.11\.\d+ for orders: ", said.stdout)
    assert str(careful.environment["HOME"]) not in said.stdout
    for secret in (sources.token, sources.git_token):
        assert secret not in said.text


@pytest.mark.parametrize(("verdict", "code"), [("wrong", 4), ("note", 0)])
def test_a_missing_git_fails_where_a_requirement_needs_it(
    careful: User, sources: LocalSources, tmp_path: Path, verdict: str, code: int
) -> None:
    git = [f"acme-tax @ git+{sources.tax_url}@v2.1.0"] if code else []
    project = make_project(tmp_path / "app", requirements=[*REQUIREMENTS, *git], sources=sources)
    (tmp_path / "bin").mkdir()
    said = examined(careful, project, "--json", code=code, PATH=str(tmp_path / "bin"))
    check = checks(said, "machine")["git"]
    assert (check["verdict"], check["remedy"]) == (verdict, "Install Git, and put it on PATH.")


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


def test_without_a_project_the_machine_is_examined(careful: User, tmp_path: Path) -> None:
    said = examined(careful, tmp_path, code=2)
    assert "no pyproject.toml with [tool.lading]" in said.stdout
    assert re.search(r"ok +git +\d", said.stdout)


def test_a_broken_project_tells_every_mistake_and_the_machine(
    careful: User, tmp_path: Path
) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.lading.apps.orders]\nfolder = 3\n")
    said = examined(careful, tmp_path, "--json", code=2)
    problem = checks(said, "project")["configuration"]
    assert len(problem["text"].splitlines()) > 1
    assert checks(said, "machine")["git"]["verdict"] == "good"


def test_without_sources_everything_comes_from_the_default_index(
    careful: User, tmp_path: Path
) -> None:
    project = make_project(tmp_path / "p", requirements=["idna"])
    said = examined(careful, project)
    assert "0 sources: every name comes from the default index" in said.stdout
    assert "PIP_INDEX_URL" in said.stdout


def test_requirements_that_cannot_be_read_keep_no_source_from_being_asked(
    careful: User, project: Path
) -> None:
    (project / "functionapp/requirements.txt").write_text("idna ==\n")
    said = examined(careful, project, "--json", code=2)
    assert "requirements.txt:1" in str(checks(said, "project"))
    assert checks(said, "sources", name="acme")["reached"]["verdict"] == "good"


def test_settings_of_pip_and_uv_that_open_other_indexes_are_risks(
    careful: User, project: Path
) -> None:
    home = Path(careful.environment["HOME"])
    for name, text in {
        ".config/pip/pip.conf": "[global]\nextra-index-url = https://feeds.test/simple/\n",
        ".config/uv/uv.toml": '[[index]]\nurl = "https://uv.test/simple/"\n',
    }.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    with (project / "pyproject.toml").open("a") as file:
        file.write('\n[[tool.uv.index]]\nurl = "https://own.test/simple/"\n')
    url = "https://me:S3cretS3cret@var.test/simple/"
    said = examined(careful, project, PIP_CONFIG_FILE=None, UV_INDEX=url)
    for line in (
        "extra-index-url of ~/.config/pip/pip.conf: pip asks feeds.test for every name",
        "~/.config/uv/uv.toml: uv asks uv.test for every name",
        "[tool.uv] of pyproject.toml: uv asks own.test for every name",
        "UV_INDEX: uv asks var.test for every name",
        "UV_INDEX: the URL for var.test has a credential in it",
    ):
        assert f"risk  {line}" in said.stdout
    assert "S3cretS3cret" not in said.text
    assert said.stdout.endswith("\nNo failure, 5 risks\n")


def test_settings_of_pip_that_cannot_be_read_are_one_failure(careful: User, project: Path) -> None:
    broken = Path(careful.environment["HOME"], "pip.conf")
    broken.write_text("index-url = 1\n")
    careful.environment["PIP_CONFIG_FILE"] = str(broken)
    said = examined(careful, project, "--json", code=2, PIP_INDEX_URL=None)
    assert "is not a configuration of pip" in checks(said, "project")["default index"]["text"]
    assert [risk["verdict"] for risk in said.document()["risks"]] == ["note"]


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


def test_a_netrc_that_is_sent_further_than_the_source_is_a_risk(
    careful: User, project: Path
) -> None:
    netrc = Path(careful.environment["HOME"], ".netrc")
    netrc.write_text(
        "machine LOCALHOST login a password S3cretS3cret\n"
        "machine elsewhere.test login a password b\ndefault login a password b\n"
    )
    netrc.chmod(0o644)
    found = risks(examined(careful, project, "--json"))
    assert set(found) == {"netrc-host", "netrc-default"}
    assert "localhost" in found["netrc-host"]["text"]
    assert "others may read the file" in found["netrc-host"]["text"]
    assert "acme, acme-git" in found["netrc-host"]["remedy"]


def test_credentials_that_git_and_upload_tools_keep_are_risks(careful: User, project: Path) -> None:
    require("git")
    home = Path(careful.environment["HOME"])
    (home / ".gitconfig").write_text("[credential]\n\thelper = store\n")
    (home / ".pypirc").write_text("[acme]\nusername = me\npassword = S3cretS3cret\n")
    (project / ".env").write_text("COLOUR=blue\nACME_TOKEN=\nACME_GIT_TOKEN=S3cretS3cret\n")
    header = "AUTHORIZATION: basic UzNjcmV0UzNjcmV0"
    for words in (
        ("init", "--quiet"),
        ("config", "http.https://git.test/.extraheader", header),
        ("add", ".env"),
    ):
        subprocess.run(["git", *words], cwd=project, env=careful.environment, check=True)
    said = examined(careful, project, "--json")
    found = risks(said)
    assert set(found) == {"git-header", "git-store", "kept-credential", "tracked-secrets"}
    assert "http.https://git.test/.extraheader" in found["git-header"]["text"]
    assert "ACME_GIT_TOKEN" in found["tracked-secrets"]["text"]
    assert "COLOUR" not in found["tracked-secrets"]["text"]
    assert "S3cret" not in said.text
    assert "UzNj" not in said.text


def test_a_tracked_env_file_without_credentials_is_no_risk(careful: User, project: Path) -> None:
    require("git")
    (project / ".env").write_text("COLOUR=blue\n")
    for words in (("init", "--quiet"), ("add", ".env")):
        subprocess.run(["git", *words], cwd=project, env=careful.environment, check=True)
    assert not risks(examined(careful, project, "--json"))


def test_a_private_name_that_somebody_published_elsewhere_is_a_risk(
    careful: User, sources: LocalSources, project: Path
) -> None:
    sources.public_packages.add_wheel("acme-pricing", "99.0")
    found = risks(examined(careful, project, "--json"))
    assert set(found) == {"namesake"}
    assert found["namesake"]["subject"] == "acme-pricing"
    assert "99.0" in found["namesake"]["text"]


def test_the_same_files_in_two_indexes_are_no_risk(
    careful: User, sources: LocalSources, project: Path
) -> None:
    for path in sources.private_packages.folder.iterdir():
        sources.public_packages.add_file(path)
    assert not risks(examined(careful, project, "--json"))


def test_a_private_feed_that_serves_public_names_is_a_risk(
    careful: User, sources: LocalSources, project: Path
) -> None:
    for name in ("pip", "requests"):
        sources.private_packages.add_wheel(name, "1.0")
    found = risks(examined(careful, project, "--json"))
    assert set(found) == {"passes-on"}
    assert "pip and requests" in found["passes-on"]["text"]


def test_a_feed_for_everything_may_serve_public_names(
    careful: User, sources: LocalSources, tmp_path: Path
) -> None:
    for name in ("pip", "requests"):
        sources.private_packages.add_wheel(name, "1.0")
    project = make_project(
        tmp_path / "p", requirements=["acme-core"], sources=sources, feed="mirror"
    )
    said = examined(careful, project, "--json")
    assert not risks(said)
    assert "the source acme" in checks(said, "project")["default index"]["text"]


def test_an_index_line_and_a_wide_pattern_are_risks(
    careful: User, sources: LocalSources, project: Path
) -> None:
    lines = f"--extra-index-url {sources.index_url}\nacme-core\n"
    (project / "functionapp/requirements.txt").write_text(lines)
    text = (project / "pyproject.toml").read_text()
    (project / "pyproject.toml").write_text(text.replace('"acme-*"', '"acme-*", "pip*"'))
    sources.private_packages.add_wheel("pip", "1.0")
    found = risks(examined(careful, project, "--json"))
    assert set(found) == {"extra-index-line", "wide-pattern"}
    assert found["extra-index-line"]["subject"] == "functionapp/requirements.txt:1"
    assert '"pip*"' in found["wide-pattern"]["text"]


@pytest.mark.parametrize(
    ("variables", "opening", "warning"),
    [
        ({"TF_BUILD": "True"}, "##[group]", "##vso[task.logissue type=warning]acme-pricing: "),
        ({"GITHUB_ACTIONS": "true"}, "::group::", "::warning title=lading::acme-pricing: "),
    ],
)
def test_in_ci_what_is_wrong_is_a_warning_beside_the_run(
    careful: User,
    sources: LocalSources,
    project: Path,
    variables: dict[str, str],
    opening: str,
    warning: str,
) -> None:
    sources.index.fail("500")
    careful.environment |= variables
    said = examined(careful, project, code=4)
    assert f"{opening}Examining the sources" in said.stderr
    assert warning in said.stderr


def test_colours_are_for_terminals_and_for_those_who_ask(careful: User, project: Path) -> None:
    assert "\x1b" not in examined(careful, project, "--offline").stdout
    said = examined(careful, project, "--offline", FORCE_COLOR="1", TERM="xterm", COLUMNS="80")
    assert "\x1b[32mok" in said.stdout
    lines = re.sub(r"\x1b\[[0-9;]*m", "", said.stdout).splitlines()
    # A path is not broken.
    assert [line for line in lines if len(line) > 80 and str(project) not in line] == []
