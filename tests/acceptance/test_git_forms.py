"""Requirements in Git repositories, in every form, from the line to what is in the package."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_sources import GitCommit, LocalSources, estate
from tests.small_project import below, small_project
from tests.support import make_project
from tests.user import User, members, modules

SITE = ".python_packages/lib/site-packages/"
PLATFORM = "/acme/platform/_git/"
PASSWORD = "hunter2-Secret"


def add_history(sources: LocalSources, name: str) -> tuple[str, str]:
    """Add a repository with four versions; return its URL and its first commit, which has no name.

    1.0 has neither branch nor tag, 2.0 a tag, 3.0 is the default branch, 4.0 another branch.
    """
    repository = sources.add_git_repository(f"{PLATFORM}{name}")
    first = repository.commit(GitCommit(files=small_project(name, "1.0")))
    repository.commit(GitCommit(files=small_project(name, "2.0"), tags=("v2.0",)))
    repository.commit(GitCommit(files=small_project(name, "3.0")))
    repository.commit(GitCommit(files=small_project(name, "4.0"), branch="feature/next"))
    return f"git+{sources.git_url}platform/_git/{name}", first


def test_branches_tags_and_hashes(user: User, sources: LocalSources, tmp_path: Path) -> None:
    sources.passes_on = False
    forms = {
        "acme-by-default": ("{name} @ {url}", "3.0"),
        "acme-by-branch": ("{name} @ {url}@feature/next", "4.0"),
        "acme-by-tag": ("{name}@{url}@v2.0", "2.0"),
        "acme-by-hash": ("{name} @ {url}@{full}", "1.0"),
        "acme-by-short-hash": ("{name} @ {url}@{short}", "1.0"),
        "acme-legacy": ("{url}@v2.0#egg={name}", "2.0"),
        "acme-editable": ("-e {url}@main#egg={name}", "3.0"),
        "acme-nameless": ("{url}@refs/tags/v2.0", "2.0"),
    }
    lines = []
    for name, (form, _) in forms.items():
        url, first = add_history(sources, name)
        lines.append(form.format(name=name, url=url, full=first, short=first[:9]))
    project = make_project(tmp_path / "p", requirements=lines, sources=sources)
    user.builds(project)
    assert modules(project) == {
        name.replace("-", "_"): f"VERSION = {version!r}\n" for name, (_, version) in forms.items()
    }


def test_the_lock_has_the_commit_and_a_server_that_serves_only_refs_is_enough_for_it(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    sources.passes_on = False
    sources.refuses_want_by_commit = True
    url, first = add_history(sources, "acme-by-hash")
    branch, _ = add_history(sources, "acme-by-branch")
    lines = [f"acme-by-hash @ {url}@{first}", f"acme-by-branch @ {branch}@feature/next"]
    project = make_project(tmp_path / "p", requirements=lines, sources=sources)
    user.builds(project)
    lock = (project / "functionapp/sources.lock").read_text()
    repository = sources.repository(f"{PLATFORM}acme-by-branch")
    assert repository.resolve("feature/next") in lock
    assert first in lock
    assert "127.0.0.1" not in lock
    # What the branch is by now is of no interest to a machine that builds from the lock.
    repository.commit(
        GitCommit(files=small_project("acme-by-branch", "5.0"), branch="feature/next")
    )
    before = (project / "dist/orders.zip").read_bytes()
    user.builds(project, "--frozen", LADING_CACHE=str(tmp_path / "other store"))
    assert (project / "dist/orders.zip").read_bytes() == before


def test_a_ref_that_is_not_there(user: User, sources: LocalSources, tmp_path: Path) -> None:
    url, _ = add_history(sources, "acme-by-tag")
    line = f"acme-by-tag @ {url}@v2.00"
    said = user.types(make_project(tmp_path / "p", requirements=[line], sources=sources), "build")
    assert said.code == 4, said.text
    assert "v2.00" in said.stderr
    assert "127.0.0.1" not in said.text


def test_a_folder_of_a_repository(user: User, sources: LocalSources, tmp_path: Path) -> None:
    url = f"git+{sources.git.origin}{estate.MONOREPO}"
    line = f"acme-tax @ {url}@v2.1.0#subdirectory=libraries/acme-tax"
    project = make_project(tmp_path / "p", requirements=[line], sources=sources)
    user.builds(project)
    assert f"{SITE}acme_tax/rates.py" in members(project / "dist/orders.zip")


def test_a_submodule_of_the_same_source(user: User, sources: LocalSources, tmp_path: Path) -> None:
    line = f"acme-tax-with-submodule @ git+{sources.git.origin}{estate.WITH_SUBMODULE}@v1.0.0"
    project = make_project(tmp_path / "p", requirements=[line], sources=sources)
    user.builds(project)
    inside = members(project / "dist/orders.zip")
    assert inside[f"{SITE}acme_tax/data/rates.csv"] == b"DE,0.19\n"


def test_a_submodule_of_another_host_is_refused(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    place = f"{sources.git.origin}{estate.WITH_FOREIGN_SUBMODULE}"
    line = f"acme-tax-with-foreign-submodule @ git+{place}@v1.0.0"
    project = make_project(tmp_path / "p", requirements=[line], sources=sources)
    said = user.types(project, "build")
    assert said.code == 4, said.text
    assert "src/acme_tax/data" in said.stderr
    assert sources.other.origin in said.stderr
    assert not sources.log(host="other")
    assert not (project / "dist").exists()


def test_a_pointer_of_git_lfs_is_refused(user: User, sources: LocalSources, tmp_path: Path) -> None:
    line = f"acme-models @ git+{sources.git.origin}{estate.WITH_LFS}@v1.0.0"
    project = make_project(tmp_path / "p", requirements=[line], sources=sources)
    said = user.types(project, "build")
    assert said.code == 5, said.text
    assert "acme_tax/model.bin" in said.stderr
    assert "LFS" in said.stderr
    assert not (project / "dist").exists()


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        (
            f"acme-x @ git+https://build:{PASSWORD}@acme.visualstudio.com/P/_git/R@main",
            "acme-x @ git+https://dev.azure.com/acme/P/_git/R@main",
        ),
        (
            f"git+https://{PASSWORD}:x-oauth-basic@github.com/acme/r.git@v1#egg=acme-x",
            "acme-x @ git+https://github.com/acme/r.git@v1",
        ),
        (
            f"-e git+https://build:{PASSWORD}@dev.azure.com/acme/P/_git/R#egg=acme-x",
            "acme-x @ git+https://dev.azure.com/acme/P/_git/R",
        ),
    ],
)
def test_a_written_password_is_refused_and_not_repeated(
    user: User, tmp_path: Path, line: str, remedy: str
) -> None:
    project = make_project(tmp_path / "p", requirements=["idna", line])
    said = user.types(project, "build")
    assert said.code == 2, said.text
    assert "functionapp/requirements.txt:2" in said.stderr
    told = " ".join(said.stderr.split())
    assert remedy in told
    assert "revoke" in told
    assert "***" in told
    assert PASSWORD not in said.text


@pytest.mark.parametrize(
    "userinfo", ["{user}:{pat}", "${GIT_USER}:${GIT_TOKEN}", "%USER%:%PAT%", "someone"]
)
def test_a_placeholder_or_a_user_name_is_left_out_and_told(
    user: User, sources: LocalSources, tmp_path: Path, userinfo: str
) -> None:
    sources.passes_on = False
    url, _ = add_history(sources, "acme-placed")
    line = f"{url.replace('://', f'://{userinfo}@')}@main#egg=acme-placed"
    project = make_project(tmp_path / "p", requirements=[line], sources=sources)
    said = user.builds(project)
    assert modules(project) == {"acme_placed": "VERSION = '3.0'\n"}
    assert f"acme-placed @ {url}@main" in " ".join(said.stderr.split())
    for lock in project.rglob("*.lock"):
        assert userinfo not in lock.read_text()


def test_ssh_addresses_are_read_over_https(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    sources.passes_on = False
    url, _ = add_history(sources, "acme-keyed")
    host = "git+ssh://git@localhost"
    line = f"acme-keyed @ {url.replace(f'git+{sources.git.origin}', host)}@main"
    project = make_project(tmp_path / "p", requirements=[line], sources=sources)
    user.builds(project)
    assert modules(project) == {"acme_keyed": "VERSION = '3.0'\n"}


def test_a_package_whose_metadata_links_to_a_repository(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    sources.passes_on = False
    linked, _ = add_history(sources, "acme-linked")
    inner = sources.add_git_repository(f"{PLATFORM}acme-inner")
    inner.commit(GitCommit(files=below("lib", small_project("acme-inner"))))
    innermost = f"git+{sources.git_url}platform/_git/acme-inner#subdirectory=lib"
    sources.add_wheel(
        "acme-top",
        "1.0",
        files={"acme_top.py": ""},
        requires=[f"acme-linked @ {linked}@v2.0", "acme-middle"],
    )
    sources.add_wheel(
        "acme-middle",
        "1.0",
        files={"acme_middle.py": ""},
        requires=[f'acme-inner @ {innermost} ; sys_platform == "linux"'],
    )
    project = make_project(tmp_path / "p", requirements=["acme-top"], sources=sources)
    user.builds(project)
    assert modules(project) == {
        "acme_top": "",
        "acme_middle": "",
        "acme_linked": "VERSION = '2.0'\n",
        "acme_inner": "VERSION = '1.0'\n",
    }
    assert sources.log.leaks("acme-git", home="git", scope="/acme/") == ()
