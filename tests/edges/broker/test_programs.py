"""pip, uv and Git read private sources through the door and hold nothing but its nonce."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from lading.core.secret import encodings
from lading.edges.broker import Broker
from local_sources import GitCommit, LocalSources
from local_sources.sources import Feed
from tests.acme import acme_access, acme_project
from tests.edges.broker.guests import Guest
from tests.support import require


@pytest.fixture
def application(sources: LocalSources) -> str:
    """Offer a private package that needs a private and a public one; the public twin is a trap."""
    sources.passes_on = False
    sources.add_wheel("acme-application", "1.0", requires=["acme-core", "public-thing"])
    sources.public_packages.add_wheel("acme-application", "99.0")
    sources.public_packages.add_wheel("public-thing", "1.0")
    # A feed that mirrors the public index has it too.
    sources.private_packages.add_wheel("public-thing", "1.0")
    return "acme-application"


def run(*words: str | Path, broker: Broker, ambient: Mapping[str, str]) -> tuple[int, str]:
    """Run a program as lading does: nothing of the machine but what it needs, and the door."""
    own = {name: ambient[name] for name in ("PATH", "HOME", "TMPDIR")}
    ended = subprocess.run(
        words, env=own | broker.environment(), capture_output=True, text=True, check=False
    )
    return ended.returncode, ended.stdout + ended.stderr


def pip(*words: str | Path, broker: Broker, ambient: Mapping[str, str]) -> tuple[int, str]:
    return run(sys.executable, "-m", "pip", *words, broker=broker, ambient=ambient)


def uv(*words: str | Path, broker: Broker, ambient: Mapping[str, str]) -> tuple[int, str]:
    return run(Path(sys.executable).with_name("uv"), *words, broker=broker, ambient=ambient)


def places_with(folder: Path, *secrets: str) -> list[str]:
    """Return the files under a folder that hold one of the secrets in any form."""
    forms = [form.encode() for secret in secrets for form in encodings(secret)]
    return [
        str(path)
        for path in folder.rglob("*")
        if path.is_file() and any(form in path.read_bytes() for form in forms)
    ]


@pytest.mark.parametrize("feed", ["index", "azure", "mirror"])
def test_pip_downloads_a_private_package_and_what_it_needs(
    sources: LocalSources, ambient: dict[str, str], tmp_path: Path, application: str, feed: Feed
) -> None:
    access = acme_access(sources, ambient, project=acme_project(sources, feed))
    with Broker(access) as broker:
        code, said = pip(
            *("download", "-vvv", "--only-binary=:all:", "--dest", tmp_path / "d", application),
            broker=broker,
            ambient=ambient,
        )
        nonce = Guest(broker).nonce
    assert code == 0, (said, broker.refusals)
    assert sorted(path.name for path in (tmp_path / "d").iterdir()) == [
        "acme_application-1.0-py3-none-any.whl",
        "acme_core-1.4.0-py3-none-any.whl",
        "public_thing-1.0-py3-none-any.whl",
    ]
    assert sources.log.leaks("acme", home=feed) == ()
    assert places_with(tmp_path, sources.token, nonce) == []
    assert not any(form in said for form in encodings(sources.token) + encodings(nonce))


@pytest.mark.parametrize("feed", ["index", "azure", "mirror"])
def test_uv_installs_a_private_package_and_what_it_needs(
    sources: LocalSources, ambient: dict[str, str], tmp_path: Path, application: str, feed: Feed
) -> None:
    access = acme_access(sources, ambient, project=acme_project(sources, feed))
    with Broker(access) as broker:
        code, said = uv(
            *("pip", "install", "-vvv", "--python", sys.executable),
            *("--target", tmp_path / "site", application),
            broker=broker,
            ambient=ambient,
        )
        nonce = Guest(broker).nonce
    assert code == 0, (said, broker.refusals)
    assert sorted(path.name for path in (tmp_path / "site").glob("*.dist-info")) == [
        "acme_application-1.0.dist-info",
        "acme_core-1.4.0.dist-info",
        "public_thing-1.0.dist-info",
    ]
    assert sources.log.leaks("acme", home=feed) == ()
    assert places_with(tmp_path, sources.token, nonce) == []
    assert not any(form in said for form in encodings(sources.token) + encodings(nonce))


@pytest.mark.parametrize("failure", ["401", "403", "404", "500", "stopped"])
def test_neither_pip_nor_uv_gets_the_public_package_of_a_private_name(
    sources: LocalSources, ambient: dict[str, str], tmp_path: Path, failure: str
) -> None:
    sources.public_packages.add_wheel("acme-pricing", "99.0")
    sources.public_packages.add_wheel("innocent", "1.0", requires=["acme-pricing"])
    match failure:
        case "401" | "403" | "404" | "500":
            sources.index.fail(failure)
        case _:
            sources.index.stop()
    site = tmp_path / "site"
    for wanted in ("acme-pricing", "innocent"):
        with Broker(acme_access(sources, ambient)) as broker:
            tools = (
                pip("install", "--target", site, wanted, broker=broker, ambient=ambient),
                uv("pip", "install", "--target", site, wanted, broker=broker, ambient=ambient),
            )
        assert all(code != 0 for code, _ in tools), tools
        # uv does not take the failure for a missing package and look for other versions.
        assert "Failed to fetch" in tools[1][1]
        assert any("the source acme" in refusal for refusal in broker.refusals)
        assert not list(site.glob("acme_pricing*"))
    assert sources.log(host="public", path="acme") == ()


def test_git_clones_with_a_submodule_and_keeps_the_real_address(
    sources: LocalSources, ambient: dict[str, str], broker: Broker, tmp_path: Path
) -> None:
    url = f"{sources.git_url}platform/_git/acme-tax-with-submodule"
    tree = tmp_path / "tree"
    code, said = run(
        *("git", "clone", "--recurse-submodules", url, tree), broker=broker, ambient=ambient
    )
    assert code == 0, said
    assert (tree / "src/acme_tax/data/rates.csv").is_file()
    assert f"url = {url}" in (tree / ".git/config").read_text()
    assert "127.0.0.1" not in (tree / ".git/config").read_text()
    assert sources.log.leaks("acme-git", home="git", scope="/acme/") == ()
    assert places_with(tmp_path, sources.git_token, Guest(broker).nonce) == []


def test_a_submodule_on_another_host_is_fetched_without_any_credential(
    sources: LocalSources, ambient: dict[str, str], broker: Broker, tmp_path: Path
) -> None:
    Path(ambient["HOME"], ".git-credentials").write_text("https://u:p@localhost\n")
    Path(ambient["HOME"], ".gitconfig").write_text("[credential]\n\thelper = store\n")
    url = f"{sources.git_url}platform/_git/acme-tax-with-foreign-submodule"
    run("git", "clone", "--recurse-submodules", url, tmp_path / "t", broker=broker, ambient=ambient)
    assert {request.credential for request in sources.log(host="other")} == {"nothing"}
    assert sources.log.leaks("acme-git", home="git", scope="/acme/") == ()


def test_git_cannot_push_through_the_door(
    sources: LocalSources, ambient: dict[str, str], broker: Broker, tmp_path: Path
) -> None:
    tree = tmp_path / "tree"
    run("git", "clone", sources.tax_url, tree, broker=broker, ambient=ambient)
    code, said = run(
        *("git", "-C", tree, "push", "origin", "HEAD:refs/heads/new"),
        broker=broker,
        ambient=ambient,
    )
    assert code != 0
    assert "git-read-only" in said
    assert any("git-read-only" in refusal for refusal in broker.refusals)
    assert sources.log(host="git", path="receive") == ()


def test_git_says_why_a_repository_is_refused(
    sources: LocalSources, ambient: dict[str, str], broker: Broker, tmp_path: Path
) -> None:
    sources.git.fail("403")
    code, said = run(
        "git", "clone", sources.tax_url, tmp_path / "t", broker=broker, ambient=ambient
    )
    assert code != 0
    assert "lading: the source acme-git, asked for platform/_git/acme-tax, refused" in said
    assert any("acme-git" in refusal for refusal in broker.refusals)


def test_git_fetches_what_is_new_with_a_long_negotiation(
    sources: LocalSources, ambient: dict[str, str], broker: Broker, tmp_path: Path
) -> None:
    repository = sources.add_git_repository("/acme/platform/_git/long")
    for number in range(40):
        # Every tag is one line of the negotiation, which Git then sends compressed.
        repository.commit(GitCommit(files={"n": f"{number}\n"}, tags=(f"v{number}",)))
    url, tree = f"{sources.git_url}platform/_git/long", tmp_path / "tree"
    assert run("git", "clone", url, tree, broker=broker, ambient=ambient)[0] == 0
    repository.commit(GitCommit(files={"n": "last\n"}))
    assert run("git", "-C", tree, "pull", broker=broker, ambient=ambient)[0] == 0
    assert (tree / "n").read_text() == "last\n"


def test_no_program_has_a_credential_or_the_nonce_in_its_argv(
    sources: LocalSources, ambient: dict[str, str], tmp_path: Path, application: str
) -> None:
    require("strace")
    trace = tmp_path / "trace"
    traced = ("strace", "-f", "-qq", "-v", "-s", "100000", "-e", "trace=execve", "-o", trace)
    with Broker(acme_access(sources, ambient)) as broker:
        nonce = Guest(broker).nonce
        for words in (
            (sys.executable, "-m", "pip", "download", "--only-binary=:all:", "--no-deps"),
            (Path(sys.executable).with_name("uv"), "pip", "install", "--target", tmp_path / "s"),
        ):
            place = ("--dest", tmp_path / "d") if "download" in words else ()
            code, said = run(*traced, *words, *place, application, broker=broker, ambient=ambient)
            assert code == 0, (said, broker.refusals)
            calls = trace.read_text()
            assert not any(form in calls for form in encodings(sources.token))
            for call in calls.splitlines():
                argv = call.partition("[")[2].partition("], [")[0]
                assert not any(form in argv for form in encodings(nonce))
        git = ("git", "clone", sources.tax_url, tmp_path / "tree")
        assert run(*traced, *git, broker=broker, ambient=ambient)[0] == 0
    calls = trace.read_text()
    assert calls.count("execve(") > 3
    assert not any(form in calls for form in encodings(sources.git_token))
    for call in calls.splitlines():
        argv = call.partition("[")[2].partition("], [")[0]
        assert not any(form in argv for form in encodings(f"lading:{nonce}"))
