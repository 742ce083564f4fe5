"""Who is let in, what is given, and what is refused with which reason."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from http.client import HTTPConnection

import pytest
import urllib3

from lading.core.config import DefaultIndex
from lading.core.index import IndexFile
from lading.core.secret import Credential, Secret
from lading.edges.access import Access
from lading.edges.broker import Broker
from local_sources import LocalSources
from local_sources.sources import Feed
from tests.acme import acme_access, acme_project
from tests.edges.broker.guests import Guest

PRICING = "acme_pricing-1.9.0-py3-none-any.whl"
JSON = "application/vnd.pypi.simple.v1+json"


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
