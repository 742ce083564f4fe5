"""pip, uv and Git read private sources through the door and hold nothing but its nonce."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import urllib3

from lading.core.config import DefaultIndex
from lading.core.index import IndexFile
from lading.core.secret import Credential, Secret, encodings
from lading.edges.access import Access
from lading.edges.broker import Broker
from local_sources import GitCommit, LocalSources
from local_sources.sources import Feed
from tests.acme import acme_access, acme_project
from tests.support import require

PRICING = "acme_pricing-1.9.0-py3-none-any.whl"
JSON = "application/vnd.pypi.simple.v1+json"


class Guest:
    """A client of the door that says exactly what a test wants; by default with the nonce."""

    def __init__(self, broker: Broker) -> None:
        self.url = urlsplit(broker.index_url)
        self.nonce = self.url.password or ""
        self.root = f"http://127.0.0.1:{self.url.port}"
        pair = base64.b64encode(f"lading:{self.nonce}".encode()).decode()
        self.headers = {"Authorization": f"Basic {pair}"}
        self._pool = urllib3.PoolManager(retries=False, timeout=60)

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | Iterator[bytes] | None = None,
    ) -> tuple[int, str]:
        """Send one request and return the status and the body."""
        given = self.headers if headers is None else {**self.headers, **headers}
        answer = self._pool.request(method, self.root + path, headers=given, body=body)
        return answer.status, answer.data.decode("utf-8", "replace")

    def close(self) -> None:
        """Close every connection."""
        self._pool.clear()


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


@pytest.fixture
def access(sources: LocalSources, ambient: dict[str, str]) -> Access:
    return acme_access(sources, ambient)


@pytest.fixture
def broker(access: Access) -> Iterator[Broker]:
    with Broker(access) as opened:
        yield opened


@pytest.fixture
def guest(broker: Broker) -> Iterator[Guest]:
    visitor = Guest(broker)
    yield visitor
    visitor.close()


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


@pytest.mark.parametrize("is_chunked", [True, False])
def test_a_compressed_request_reaches_the_repository_as_it_was_sent(
    guest: Guest, *, is_chunked: bool
) -> None:
    repository = "/git/acme-git/platform/_git/acme-tax"
    status, refs = guest.ask(f"{repository}/info/refs?service=git-upload-pack")
    commit = next(line for line in refs.splitlines() if line.endswith("refs/heads/main"))[4:44]
    wants = gzip.compress(f"0032want {commit}\n00000009done\n".encode())
    kind = "application/x-git-upload-pack-request"
    status, pack = guest.ask(
        f"{repository}/git-upload-pack",
        method="POST",
        headers={"Content-Encoding": "gzip", "Content-Type": kind},
        body=iter([wants[:10], wants[10:]]) if is_chunked else wants,
    )
    assert status == 200
    assert "PACK" in pack


def test_private_links_lead_through_the_door_and_public_ones_do_not(
    sources: LocalSources, guest: Guest
) -> None:
    sources.public_packages.add_wheel("public-thing", "1.0")
    _, private = guest.ask("/simple/acme-pricing/", headers={"Accept": JSON})
    _, public = guest.ask("/simple/public-thing/", headers={"Accept": JSON})
    assert [file["url"] for file in json.loads(private)["files"]] == [
        f"/files/acme-pricing/{PRICING}"
    ]
    (file,) = json.loads(public)["files"]
    assert file["url"].startswith(f"{sources.public.origin}/files/")
    assert file["core-metadata"]["sha256"]


@pytest.mark.parametrize("feed", ["index", "mirror"])
def test_an_index_with_a_credential_is_read_through_the_door_alone(
    sources: LocalSources, ambient: dict[str, str], feed: Feed
) -> None:
    url = {"index": sources.index_url, "mirror": sources.mirror_url}[feed]
    default = DefaultIndex(
        url=url,
        origin="a test",
        credential=Credential(username="reader", password=Secret(sources.token)),
    )
    bare = replace(acme_project(sources), sources=())
    with Broker(acme_access(sources, ambient, project=bare, default_index=default)) as broker:
        visitor = Guest(broker)
        _, page = visitor.ask("/simple/acme-pricing/")
        visitor.close()
    assert f'href="/files/acme-pricing/{PRICING}#sha256=' in page
    assert "https://" not in page


def test_metadata_and_head_are_answered(sources: LocalSources, ambient: dict[str, str]) -> None:
    access = acme_access(sources, ambient, project=acme_project(sources, "mirror"))
    with Broker(access) as broker:
        visitor = Guest(broker)
        assert "Name: acme-pricing" in visitor.ask(f"/files/acme-pricing/{PRICING}.metadata")[1]
        sources.log.clear()
        connection = HTTPConnection("127.0.0.1", visitor.url.port)
        connection.request("HEAD", f"/files/acme-pricing/{PRICING}", headers=visitor.headers)
        head = connection.getresponse()
        (file,) = access.list_files("acme-pricing")
        assert (head.status, head.headers["Content-Length"]) == (200, str(file.size))
        connection.close()
        visitor.close()
    # Azure Artifacts would answer 405: nobody upstream is asked.
    assert sources.log() == ()


@pytest.mark.parametrize(
    ("headers", "rule"),
    [
        ({"Authorization": ""}, "nonce"),
        ({"Authorization": "Basic bGFkaW5nOng="}, "nonce"),
        ({"Authorization": "Bearer x"}, "nonce"),
        ({"Host": "localhost"}, "host"),
        ({"Host": "evil.test"}, "host"),
    ],
)
def test_who_does_not_belong_here_learns_nothing(
    sources: LocalSources, broker: Broker, guest: Guest, headers: dict[str, str], rule: str
) -> None:
    status, body = guest.ask("/simple/acme-pricing/", headers=headers)
    assert (status, body.startswith(f"lading: {rule}: ")) == (403, True)
    assert any(refusal.startswith(f"{rule}: ") for refusal in broker.refusals)
    assert sources.log() == ()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PUT", "/simple/acme-pricing/", 403),
        ("POST", "/simple/acme-pricing/", 403),
        ("DELETE", f"/files/acme-pricing/{PRICING}", 403),
        ("GET", "/simple/", 403),
        ("GET", "/files/acme-pricing/acme_pricing-7.0-py3-none-any.whl", 404),
        ("GET", "/git/acme-git/..%2fpartners/rates/info/refs?service=git-upload-pack", 403),
        ("GET", "/git/nobody/x/info/refs?service=git-upload-pack", 403),
    ],
)
def test_what_is_not_offered_is_refused_with_a_reason(
    broker: Broker, guest: Guest, method: str, path: str, status: int
) -> None:
    code, body = guest.ask(path, method=method)
    assert (code, body[:8]) == (status, "lading: ")
    assert body.strip().removeprefix("lading: ") in broker.refusals


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Length": "5", "Transfer-Encoding": "chunked"},
        {"Transfer-Encoding": "gzip, chunked"},
        {"Content-Length": "-5"},
        {},
    ],
)
def test_a_body_whose_length_is_unclear_goes_nowhere(
    sources: LocalSources, guest: Guest, headers: dict[str, str]
) -> None:
    connection = HTTPConnection("127.0.0.1", guest.url.port)
    path = "/git/acme-git/platform/_git/acme-tax/git-upload-pack"
    connection.putrequest("POST", path)
    for name, value in (guest.headers | headers).items():
        connection.putheader(name, value)
    connection.endheaders()
    assert connection.getresponse().status == 403
    connection.close()
    assert sources.log() == ()


def test_a_file_that_ends_early_upstream_ends_early_here(
    sources: LocalSources, broker: Broker, guest: Guest
) -> None:
    guest.ask("/simple/acme-pricing/")
    sources.index.fail("truncate")
    with pytest.raises(urllib3.exceptions.HTTPError):
        guest.ask(f"/files/acme-pricing/{PRICING}")
    assert any("ended early" in refusal for refusal in broker.refusals)


def test_a_connection_that_was_kept_alive_ends_with_the_door(access: Access) -> None:
    with Broker(access) as broker:
        visitor = Guest(broker)
        connection = HTTPConnection("127.0.0.1", visitor.url.port, timeout=60)
        connection.request("GET", "/simple/acme-pricing/", headers=visitor.headers)
        assert connection.getresponse().read()
        environment = broker.environment()
    with pytest.raises(OSError, match=r"reset|closed|Broken|refused|without response"):
        ask_again(connection, visitor.headers)
    connection.close()
    visitor.close()
    assert environment
    with pytest.raises(RuntimeError, match="closed"):
        broker.environment()


def ask_again(connection: HTTPConnection, headers: dict[str, str]) -> None:
    connection.request("GET", "/simple/acme-pricing/", headers=headers)
    connection.getresponse().read()


def test_every_door_has_a_nonce_of_its_own(access: Access) -> None:
    with Broker(access) as first, Broker(access) as second:
        visitor = Guest(second)
        visitor.headers = Guest(first).headers
        assert visitor.ask("/simple/acme-pricing/")[0] == 403
        visitor.close()


def test_the_environment_holds_no_credential(
    sources: LocalSources, broker: Broker, guest: Guest
) -> None:
    guest.ask("/simple/acme-pricing/")
    text = "\n".join(f"{name}={value}" for name, value in broker.environment().items())
    for token in sources.credentials.values():
        if token != "reader":
            assert not any(form in text for form in encodings(token))


def test_the_environment_closes_every_other_way(broker: Broker, ambient: dict[str, str]) -> None:
    environment = broker.environment()
    assert environment["PIP_CONFIG_FILE"] == environment["NETRC"] == os.devnull
    assert environment["GIT_CONFIG_GLOBAL"] == os.devnull
    assert environment["no_proxy"] == f"{ambient['no_proxy']},127.0.0.1"
    assert (environment["GIT_CONFIG_KEY_0"], environment["GIT_CONFIG_VALUE_0"]) == (
        "credential.helper",
        "",
    )
    assert environment["UV_DEFAULT_INDEX"] == environment["PIP_INDEX_URL"] == broker.index_url


class Workshop:
    """A catalogue with one wheel of its own."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def list_files(self, name: str) -> tuple[IndexFile, ...]:
        """Offer it under every name."""
        if name == "broken":
            raise ZeroDivisionError
        file = IndexFile(
            name=name,
            version="2.0",
            filename=f"{name}-2.0-py3-none-any.whl",
            url="",
            source="built",
            sha256=hashlib.sha256(self.content).hexdigest(),
            size=len(self.content),
            has_metadata=True,
        )
        return (file,)

    def read_metadata(self, file: IndexFile) -> bytes | None:
        """Give its metadata."""
        return f"Name: {file.name}\n".encode()

    def open_file(self, file: IndexFile) -> AbstractContextManager[Iterator[bytes]]:
        """Give its bytes."""

        @contextmanager
        def opened() -> Iterator[Iterator[bytes]]:
            assert file.version == "2.0"
            yield iter([self.content])

        return opened()


def test_another_catalogue_may_stand_behind_the_door(sources: LocalSources, access: Access) -> None:
    with Broker(access, catalogue=Workshop(b"wheel")) as broker:
        visitor = Guest(broker)
        assert "/files/any/any-2.0-py3-none-any.whl#sha256=" in visitor.ask("/simple/any/")[1]
        assert visitor.ask("/files/any/any-2.0-py3-none-any.whl") == (200, "wheel")
        assert visitor.ask("/files/any/any-2.0-py3-none-any.whl.metadata")[1] == "Name: any\n"
        visitor.close()
    assert sources.log() == ()


def test_a_bug_behind_the_door_is_not_swallowed(access: Access) -> None:
    def visit() -> None:
        with Broker(access, catalogue=Workshop(b"")) as broker:
            visitor = Guest(broker)
            assert visitor.ask("/simple/broken/")[0] == 424
            visitor.close()

    with pytest.raises(ZeroDivisionError):
        visit()


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
