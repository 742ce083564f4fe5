"""Ways in which packages or credentials could go astray are told, on evidence, and fail nothing."""

from __future__ import annotations

import subprocess
from pathlib import Path

from local_sources import LocalSources
from tests.acceptance.doctor.told import checks, examined, risks
from tests.support import make_project, require
from tests.user import User


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
