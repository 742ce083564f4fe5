"""Exact commits arrive complete, describable and without a trace of where they came from."""

from __future__ import annotations

import base64
import os
import subprocess
from pathlib import Path

import pytest

from lading.core.errors import SourceError
from lading.core.sources.git_refs import GitTree
from lading.edges.git import Git
from local_sources import GitCommit, LocalSources

FIRST = GitCommit(files={"README": "one\n"}, tags=("v1.0",))
SECOND = GitCommit(files={"README": "two\n", "pkg/a.py": "A = 1\n"}, executable=("pkg/a.py",))


@pytest.fixture
def git(ambient: dict[str, str]) -> Git:
    return Git(ambient=ambient)


@pytest.fixture
def access(sources: LocalSources) -> dict[str, str]:
    """Return an environment that opens the Git host, as the broker's does."""
    pair = base64.b64encode(f"any:{sources.git_token}".encode()).decode()
    return sources.environment() | {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"http.{sources.git_url}.extraHeader",
        "GIT_CONFIG_VALUE_0": f"Authorization: Basic {pair}",
    }


def repository(sources: LocalSources, *commits: GitCommit, name: str = "thing") -> str:
    sources.add_git_repository(f"/acme/platform/_git/{name}", *commits)
    return f"{sources.git_url}platform/_git/{name}"


def tree(sources: LocalSources, url: str, commit: str, ref: str = "") -> GitTree:
    return GitTree(url=url, commit=commit, ref=ref, scope=sources.git_url)


def shell(folder: Path, *words: str) -> str:
    """Run Git in a fetched tree, cut off from everything."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_ALLOW_PROTOCOL": "none"}
    done = subprocess.run(
        ["git", *words], cwd=folder, env=environment, capture_output=True, check=True
    )
    return done.stdout.decode().strip()


def test_branches_tags_hashes_and_the_default_branch_are_read(
    sources: LocalSources, git: Git, access: dict[str, str]
) -> None:
    side = GitCommit(files={"README": "side\n"}, branch="feature/x")
    url = repository(sources, FIRST, SECOND, side)
    held = sources.repository("/acme/platform/_git/thing")
    first, second = held.resolve("v1.0"), held.resolve("main")
    expected = {
        None: second,
        "main": second,
        "refs/heads/main": second,
        "feature/x": held.resolve("feature/x"),
        # Annotated: the commit, not the tag object.
        "v1.0": first,
        "tags/v1.0": first,
        second[:9]: second,
        # No ref points there any more.
        first[:9]: first,
        first.upper(): first,
    }
    read = {ref: git.read_commit(url, ref, environment=access) for ref in expected}
    assert read == expected


def test_a_name_of_a_branch_and_a_tag_is_refused_naming_both(
    sources: LocalSources, git: Git, access: dict[str, str]
) -> None:
    twice = GitCommit(files={"README": "x\n"}, tags=("stable",))
    url = repository(sources, FIRST, twice, GitCommit(files={"README": "y\n"}, branch="stable"))
    with pytest.raises(SourceError, match=r"the branch stable \(.*the tag stable \(") as caught:
        git.read_commit(url, "stable", environment=access)
    assert "refs/heads/stable, refs/tags/stable" in caught.value.remedy


def test_an_unknown_ref_is_answered_with_its_neighbours(
    sources: LocalSources, git: Git, access: dict[str, str]
) -> None:
    url = repository(sources, FIRST)
    with pytest.raises(SourceError, match=r"no branch, tag or commit mian") as caught:
        git.read_commit(url, "mian", environment=access)
    assert "It has main." in caught.value.remedy
    with pytest.raises(SourceError, match=r"no branch, tag or commit abcdef0"):
        git.read_commit(url, "abcdef0", environment=access)


def test_a_repository_that_is_not_there_is_a_source_error(
    sources: LocalSources, git: Git, access: dict[str, str]
) -> None:
    with pytest.raises(SourceError, match=r"git failed"):
        git.read_commit(f"{sources.git_url}platform/_git/absent", "main", environment=access)


@pytest.mark.parametrize("stubborn", [False, True])
def test_a_commit_arrives_with_its_tags_and_without_its_origin(
    sources: LocalSources, git: Git, access: dict[str, str], tmp_path: Path, *, stubborn: bool
) -> None:
    url = repository(sources, FIRST, SECOND, GitCommit(files={"README": "three\n"}, tags=("v2.0",)))
    wanted = sources.repository("/acme/platform/_git/thing").resolve("main~1")
    # Some servers hand out only what a branch or tag names; this commit is below the branch.
    sources.refuses_want_by_commit = stubborn
    git.fetch_commit(tree(sources, url, wanted, "main"), tmp_path, environment=access)

    assert (tmp_path / "README").read_bytes() == b"two\n"
    assert (tmp_path / "pkg/a.py").stat().st_mode & 0o111
    assert shell(tmp_path, "rev-parse", "HEAD") == wanted
    assert shell(tmp_path, "describe", "--tags", "--long", "--dirty") == f"v1.0-1-g{wanted[:7]}"
    assert shell(tmp_path, "status", "--porcelain") == ""
    assert shell(tmp_path, "remote") == ""
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for trace in (sources.git_token, sources.git.origin, "127.0.0.1", "localhost", "http"):
        assert trace.encode() not in written


def test_contents_of_older_commits_stay_where_they_are(
    sources: LocalSources, git: Git, access: dict[str, str], tmp_path: Path
) -> None:
    large = GitCommit(files={"blob": os.urandom(1 << 20)})
    url = repository(sources, large, SECOND)
    held = sources.repository("/acme/platform/_git/thing")
    held.configure("uploadpack.allowFilter", "true")
    git.fetch_commit(tree(sources, url, held.resolve("main")), tmp_path, environment=access)
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) < 1 << 18
    assert shell(tmp_path, "rev-list", "--count", "HEAD") == "2"
    assert shell(tmp_path, "describe", "--always") == held.resolve("main")[:7]


def test_a_commit_that_was_rewritten_away_says_so(
    sources: LocalSources, git: Git, access: dict[str, str], tmp_path: Path
) -> None:
    url = repository(sources, FIRST)
    sources.refuses_want_by_commit = True
    with pytest.raises(SourceError, match=r"no longer has the commit 1{40}"):
        git.fetch_commit(tree(sources, url, "1" * 40, "main"), tmp_path, environment=access)


def test_a_submodule_on_the_same_source_is_part_of_the_tree(
    sources: LocalSources, git: Git, access: dict[str, str], tmp_path: Path
) -> None:
    part = repository(sources, FIRST, name="part")
    commit = sources.repository("/acme/platform/_git/part").resolve("main")
    whole = GitCommit(
        files={"README": "whole\n"},
        submodules={"vendor/relative": ("../part", commit), "vendor/absolute": (part, commit)},
    )
    url = repository(sources, whole, name="whole")
    wanted = sources.repository("/acme/platform/_git/whole").resolve("main")
    git.fetch_commit(tree(sources, url, wanted), tmp_path, environment=access)
    assert (tmp_path / "vendor/relative/README").read_bytes() == b"one\n"
    assert (tmp_path / "vendor/absolute/README").read_bytes() == b"one\n"


@pytest.mark.parametrize("elsewhere", ["other", "contoso", "file"])
def test_a_submodule_elsewhere_is_refused_by_name(
    sources: LocalSources, git: Git, access: dict[str, str], tmp_path: Path, elsewhere: str
) -> None:
    urls = {
        "other": f"{sources.other.origin}/acme/platform/_git/x",
        "contoso": "../../../../contoso/_git/x",
        "file": "file:///etc",
    }
    whole = GitCommit(files={"a": "b"}, submodules={"vendor/x": (urls[elsewhere], "1" * 40)})
    url = repository(sources, whole)
    wanted = sources.repository("/acme/platform/_git/thing").resolve("main")
    sources.log.clear()
    with pytest.raises(SourceError, match=r"the submodule vendor/x lives at") as caught:
        git.fetch_commit(tree(sources, url, wanted), tmp_path, environment=access)
    assert sources.git_url in str(caught.value)
    assert sources.log(path="_git/x") == ()


def test_an_lfs_pointer_stays_a_pointer(
    sources: LocalSources, git: Git, access: dict[str, str], tmp_path: Path
) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n"
    attributes = "*.bin filter=lfs diff=lfs merge=lfs\n*.txt export-ignore\n"
    files = {".gitattributes": attributes, "a.bin": pointer, "b.txt": "kept\n"}
    url = repository(sources, GitCommit(files=files))
    wanted = sources.repository("/acme/platform/_git/thing").resolve("main")
    git.fetch_commit(tree(sources, url, wanted), tmp_path, environment=access)
    assert (tmp_path / "a.bin").read_text() == pointer
    assert (tmp_path / "b.txt").read_text() == "kept\n"


def test_a_link_that_leaves_the_tree_is_refused(
    sources: LocalSources, git: Git, access: dict[str, str], tmp_path: Path
) -> None:
    url = repository(sources, FIRST)
    held = sources.repository("/acme/platform/_git/thing")
    commit = _commit_link(held.folder, b"../../etc/passwd")
    with pytest.raises(SourceError, match=r"the link innocent leads out"):
        git.fetch_commit(tree(sources, url, commit, "link"), tmp_path, environment=access)


def _commit_link(folder: Path, target: bytes) -> str:
    stream = b"commit refs/heads/link\ncommitter A <a@b> 1767225600 +0000\ndata 0\n"
    stream += b"M 120000 inline innocent\ndata %d\n%b\n" % (len(target), target)
    command = ["git", "--git-dir", str(folder)]
    subprocess.run([*command, "fast-import", "--quiet"], input=stream, check=True)
    done = subprocess.run([*command, "rev-parse", "link"], stdout=subprocess.PIPE, check=True)
    return done.stdout.decode().strip()


def test_no_hook_of_the_machine_runs(
    sources: LocalSources, access: dict[str, str], ambient: dict[str, str], tmp_path: Path
) -> None:
    hooks, home, trace = tmp_path / "hooks", tmp_path / "mine", tmp_path / "trace"
    hooks.mkdir()
    home.mkdir()
    (hooks / "post-checkout").write_text(f"#!/bin/sh\necho ran > {trace}\n")
    (hooks / "post-checkout").chmod(0o755)
    (home / ".gitconfig").write_text(f"[core]\nhooksPath = {hooks}\n")
    url = repository(sources, FIRST)
    wanted = sources.repository("/acme/platform/_git/thing").resolve("main")
    git = Git(ambient={**ambient, "HOME": str(home)})
    (tmp_path / "into").mkdir()
    git.fetch_commit(tree(sources, url, wanted), tmp_path / "into", environment=access)
    assert not trace.exists()


def test_a_missing_and_an_old_git_are_told_apart_from_a_broken_source(
    ambient: dict[str, str], tmp_path: Path
) -> None:
    with pytest.raises(SourceError, match=r"Git is needed: .* cannot be started"):
        Git(ambient=ambient, program=str(tmp_path / "absent")).read_commit(
            "https://localhost/x", "main", environment={}
        )
    old = tmp_path / "git"
    old.write_text("#!/bin/sh\necho git version 2.25.1\n")
    old.chmod(0o755)
    with pytest.raises(SourceError, match=r"too old or none: 'git version 2.25.1'") as caught:
        Git(ambient=ambient, program=str(old)).read_commit(
            "https://localhost/x", "main", environment={}
        )
    assert "2.31" in caught.value.remedy


def test_tracked_files_are_those_that_a_commit_would_hold(git: Git, tmp_path: Path) -> None:
    assert git.read_tracked(tmp_path) is None
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    subprocess.run(["git", "init", "-q", str(tmp_path)], env=environment, check=True)
    (tmp_path / ".gitignore").write_text("*.log\n")
    for name in ("lib/a.py", "lib/b.log", "other.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    assert git.read_tracked(tmp_path) == (".gitignore", "lib/a.py", "other.py")
    assert git.read_tracked(tmp_path / "lib") == ("a.py",)


def test_a_checkout_tells_where_it_is_from_and_whether_it_is_what_was_committed(
    git: Git, tmp_path: Path
) -> None:
    assert git.read_remote(tmp_path) == ""
    shell(tmp_path, "init", "--quiet")
    assert git.read_remote(tmp_path) == ""
    shell(tmp_path, "remote", "add", "origin", "https://git.acme.example/acme/orders")
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "[a].py").write_text("one")
    (tmp_path / ".gitignore").write_text("*.log\n")
    shell(tmp_path, "add", "--all")
    me = ("-c", "user.name=Ada", "-c", "user.email=ada@acme.example")
    shell(tmp_path, *me, "commit", "--quiet", "-m", "one")
    assert git.read_remote(tmp_path) == "https://git.acme.example/acme/orders"
    (tmp_path / "notes.txt").write_text("of no interest to the app")
    (tmp_path / "app" / "today.log").write_text("ignored")
    assert not git.is_modified(tmp_path, ("app", "app/none.lock"))
    (tmp_path / "app" / "new.py").write_text("not committed")
    assert git.is_modified(tmp_path, ("app",))
    assert not git.is_modified(tmp_path, ("app/[a].py",))
    (tmp_path / "app" / "[a].py").write_text("two")
    assert git.is_modified(tmp_path, ("app/[a].py",))
