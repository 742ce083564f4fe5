"""Index pages of both forms are read alike, and written so that nothing of them is lost."""

from __future__ import annotations

import json
import time

import pytest
from pypi_simple import ProjectPage

from lading.core.access.simple_pages import (
    JSON_PAGE,
    PageError,
    canonical_name,
    parse_page,
    render_html,
    render_json,
)
from lading.core.index import IndexFile
from lading.core.urls import parse_url

BASE = parse_url("https://feeds.test/acme/simple/acme-tax/")
ONE, TWO = "1" * 64, "2" * 64
WHEEL = IndexFile(
    name="acme-tax",
    version="1.0",
    filename="acme_tax-1.0-py3-none-any.whl",
    url="https://feeds.test/acme/files/acme_tax-1.0-py3-none-any.whl",
    source="acme",
    sha256=ONE,
    requires_python=">=3.8,<4",
    yanked="breaks <everything>",
    has_metadata=True,
    metadata_sha256=TWO,
)
ARCHIVE = IndexFile(
    name="acme-tax",
    version="1.1",
    filename="Acme.Tax-1.1.tar.gz",
    url="https://blobs.test/Acme.Tax-1.1.tar.gz?sig=a",
    source="acme",
    yanked="",
)
HTML = f"""<!DOCTYPE html><html><body>
<a href="../../files/acme_tax-1.0-py3-none-any.whl#sha256={ONE}"
   data-requires-python="&gt;=3.8,&lt;4" data-yanked="breaks &lt;everything&gt;"
   data-dist-info-metadata="sha256={TWO}">whatever</a>
<A HREF="https://blobs.test/Acme.Tax-1.1.tar.gz?sig=a#md5=00" data-yanked>Acme.Tax-1.1.tar.gz</A>
<a href="other_name-1.0-py3-none-any.whl">acme_tax-9.0-py3-none-any.whl</a>
<a href="acme_tax-1.0.egg">egg</a>
<a href="https://user:secret@feeds.test/acme_tax-2.0-py3-none-any.whl">with user information</a>
<a href="acme_tax-3.0%0a-py3-none-any.whl">with a line break</a>
<a href="..%2f..%2facme_tax-4.0-py3-none-any.whl">with a slash</a>
<a name="top">no link</a><a href="">empty</a>
</body></html>"""


def read(body: bytes, kind: str = "text/html; charset=utf-8") -> tuple[IndexFile, ...]:
    return parse_page(body, kind, name="acme-tax", base=BASE, source="acme")


def test_html_gives_every_file_of_the_name_and_nothing_else() -> None:
    assert read(HTML.encode()) == (WHEEL, ARCHIVE)


def test_json_gives_the_same_and_sizes() -> None:
    page = {
        "meta": {"api-version": "1.1"},
        "name": "acme-tax",
        "files": [
            {
                "filename": "ignored, the URL decides",
                "url": "../../files/acme_tax-1.0-py3-none-any.whl",
                "hashes": {"sha256": ONE.upper()},
                "requires-python": ">=3.8,<4",
                "yanked": "breaks <everything>",
                "core-metadata": {"sha256": TWO},
                "size": 5,
                "upload-time": "2026-01-01T00:00:00Z",
            },
            {"filename": "", "url": ARCHIVE.url, "hashes": {}, "yanked": True, "size": None},
        ],
    }
    wheel, archive = read(json.dumps(page).encode(), JSON_PAGE)
    assert archive == ARCHIVE
    assert (wheel.size, wheel.upload_time) == (5, "2026-01-01T00:00:00Z")
    assert (wheel.sha256, wheel.metadata_sha256, wheel.yanked) == (ONE, TWO, WHEEL.yanked)


@pytest.mark.parametrize("as_json", [True, False])
def test_what_is_written_is_read_back_the_same(*, as_json: bool) -> None:
    render = render_json if as_json else render_html
    body = render("acme-tax", (WHEEL, ARCHIVE), link=lambda file: file.url)
    assert read(body, JSON_PAGE if as_json else "text/html") == (WHEEL, ARCHIVE)


@pytest.mark.parametrize("as_json", [True, False])
def test_pypi_simple_understands_what_is_written(*, as_json: bool) -> None:
    render = render_json if as_json else render_html
    body = render("acme-tax", (WHEEL,), link=lambda file: f"/files/{file.filename}").decode()
    page = (
        ProjectPage.from_json_data(json.loads(body), "https://door.test/simple/acme-tax/")
        if as_json
        else ProjectPage.from_html("acme-tax", body, "https://door.test/simple/acme-tax/")
    )
    (package,) = page.packages
    assert package.url == f"https://door.test/files/{WHEEL.filename}"
    assert (package.digests, package.metadata_digests) == ({"sha256": ONE}, {"sha256": TWO})
    assert (package.is_yanked, package.yanked_reason) == (True, WHEEL.yanked)
    assert package.requires_python == WHEEL.requires_python


def test_a_base_element_moves_the_links() -> None:
    body = b'<base href="/elsewhere/"><a href="acme_tax-1.0-py3-none-any.whl">x</a>'
    assert [file.url for file in read(body)] == [
        "https://feeds.test/elsewhere/acme_tax-1.0-py3-none-any.whl"
    ]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{}"),
        ("", b""),
        (JSON_PAGE, b"<html>"),
        (JSON_PAGE, b"[]"),
        (JSON_PAGE, b'{"meta": {"api-version": "2.0"}, "files": []}'),
        (JSON_PAGE, b'{"meta": {"api-version": "1.0"}, "files": [{"filename": "x"}]}'),
        (JSON_PAGE, b"[" * 100_000),
        ("text/html", b'<base href="ftp://elsewhere.test/">'),
    ],
)
def test_what_is_no_page_is_an_error(kind: str, body: bytes) -> None:
    with pytest.raises(PageError):
        read(body, kind)


def test_names_are_canonical_or_no_names() -> None:
    assert canonical_name("Acme__Tax.Core") == "acme-tax-core"
    assert [canonical_name(text) for text in ("", "-", "a/b", "é", "a b")] == [None] * 5


def test_a_page_of_five_thousand_files_takes_less_than_a_second() -> None:
    anchors = "".join(
        f'<a href="acme_tax-{number}.0-cp313-cp313-manylinux_2_17_x86_64.whl#sha256={ONE}">x</a>\n'
        for number in range(5000)
    )
    begun = time.process_time()
    files = read(anchors.encode())
    render_json("acme-tax", files, link=lambda file: file.url)
    assert len(files) == 5000
    assert time.process_time() - begun < 1.0
