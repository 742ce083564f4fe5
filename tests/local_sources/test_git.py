"""The Git host is Git's own server, behind the same gate as the indexes."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from local_sources import GitCommit, LocalSources, estate
from tests.local_sources.programs import git, run, with_token


@pytest.fixture
def url(sources: LocalSources) -> str:
    """Return the URL of acme-tax with its credential."""
    return with_token(sources.tax_url, sources.git_token)


def test_git_clones_with_the_token_and_finds_the_releases(
    url: str, trusting: dict[str, str], tmp_path: Path, sources: LocalSources
) -> None:
    assert git("clone", "-q", url, tmp_path / "c", environment=trusting).returncode == 0
    tags = git("tag", environment=trusting, folder=tmp_path / "c").stdout.split()
    assert tags == ["v1.0.0", "v2.1.0"]
    git("checkout", "-q", "v1.0.0", environment=trusting, folder=tmp_path / "c")
    assert 'version = "1.0.0"' in (tmp_path / "c/pyproject.toml").read_text()
    assert '"CH"' not in (tmp_path / "c/src/acme_tax/rates.py").read_text()
    assert sources.log.leaks("acme-git", home="git", scope="/acme/") == ()


def test_uv_installs_a_tag(url: str, trusting: dict[str, str], tmp_path: Path) -> None:
    uv = (sys.executable, "-m", "uv", "pip", "install", "--no-config", "--target", tmp_path / "t")
    done = run(*uv, f"acme-tax @ git+{url}@v2.1.0", environment=trusting)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "t/acme_tax/rates.py").is_file()


@pytest.mark.parametrize("token", [None, "garbage", "index"])
def test_git_is_refused_without_the_repositories_token(
    token: str | None, sources: LocalSources, trusting: dict[str, str], tmp_path: Path
) -> None:
    shown = sources.token if token == "index" else token
    url = with_token(sources.tax_url, shown) if shown else sources.tax_url
    done = git("clone", "-q", url, tmp_path / "c", environment=trusting)
    assert done.returncode == 128
    assert {request.status for request in sources.log(host="git")} == {401}


def test_pushing_is_refused(url: str, trusting: dict[str, str], tmp_path: Path) -> None:
    git("clone", "-q", url, tmp_path / "c", environment=trusting)
    done = git("push", url, "HEAD:refs/heads/mine", environment=trusting, folder=tmp_path / "c")
    assert done.returncode != 0
    assert "403" in done.stderr


def test_a_commit_without_a_name_is_served_unless_the_host_refuses(
    url: str, trusting: dict[str, str], tmp_path: Path, sources: LocalSources
) -> None:
    first = sources.repository().resolve("v1.0.0")
    sources.repository().commit(GitCommit(files={"a": "1"}, branch="other"))
    hidden = sources.repository().commit(GitCommit(files={"a": "2"}, branch="other"))
    sources.repository().commit(GitCommit(files={"a": "3"}, branch="other"))
    git("init", "-q", tmp_path / "c", environment=trusting)
    for wanted in (first, hidden):
        fetch = ("fetch", "-q", "--depth=1", url, wanted)
        assert git(*fetch, environment=trusting, folder=tmp_path / "c").returncode == 0
    sources.refuses_want_by_commit = True
    git("init", "-q", tmp_path / "d", environment=trusting)
    refused = git("fetch", "--depth=1", url, hidden, environment=trusting, folder=tmp_path / "d")
    assert refused.returncode != 0
    assert "not our ref" in refused.stderr or "unadvertised object" in refused.stderr
    by_name = git("fetch", "-q", url, "other", environment=trusting, folder=tmp_path / "d")
    assert by_name.returncode == 0


def test_a_project_may_live_in_a_subdirectory(
    sources: LocalSources, trusting: dict[str, str], tmp_path: Path
) -> None:
    url = with_token(f"{sources.git.origin}{estate.MONOREPO}", sources.git_token)
    git("clone", "-q", url, tmp_path / "c", environment=trusting)
    assert (tmp_path / "c/libraries/acme-tax/pyproject.toml").is_file()


@pytest.mark.parametrize(
    ("path", "asked"),
    [(estate.WITH_SUBMODULE, "git"), (estate.WITH_FOREIGN_SUBMODULE, "other")],
)
def test_a_submodule_is_on_the_same_host_or_on_another(
    path: str, asked: str, sources: LocalSources, trusting: dict[str, str], tmp_path: Path
) -> None:
    helper = (
        f"!f() {{ test \"$1\" = get && printf 'username=x\\npassword={sources.git_token}\\n'; }}; f"
    )
    words = ("-c", f"credential.helper={helper}", "clone", "-q", "--recurse-submodules")
    done = git(*words, f"{sources.git.origin}{path}", tmp_path / "c", environment=trusting)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "c/src/acme_tax/data/rates.csv").read_text().startswith("DE,")
    assert sources.log(host=asked, path="rates")


def test_a_repository_may_hold_pointers_to_large_files(
    sources: LocalSources, trusting: dict[str, str], tmp_path: Path
) -> None:
    url = with_token(f"{sources.git.origin}{estate.WITH_LFS}", sources.git_token)
    environment = trusting | {"GIT_LFS_SKIP_SMUDGE": "1"}
    git("clone", "-q", url, tmp_path / "c", environment=environment)
    pointer = (tmp_path / "c/src/acme_tax/model.bin").read_text()
    assert pointer.startswith("version https://git-lfs.github.com/spec/v1\n")


def test_a_large_repository_arrives_whole(
    sources: LocalSources, trusting: dict[str, str], tmp_path: Path
) -> None:
    noise = bytes((i * i * 2654435761 >> 7) & 255 for i in range(2_000_000))
    path = "/acme/platform/_git/large"
    sources.add_git_repository(path, GitCommit(files={"noise.bin": noise}))
    url = with_token(f"{sources.git.origin}{path}", sources.git_token)
    assert git("clone", "-q", url, tmp_path / "c", environment=trusting).returncode == 0
    assert (tmp_path / "c/noise.bin").read_bytes() == noise
