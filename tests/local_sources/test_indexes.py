"""The indexes answer real clients as the indexes of the world do."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from pypi_simple import ProjectPage

from local_sources import NOTHING, LocalSources
from tests.local_sources.conftest import Client
from tests.local_sources.programs import download, run, with_token

PRICING = "acme_pricing-1.9.0-py3-none-any.whl"
CORE = "acme_core-1.4.0-py3-none-any.whl"
JSON = "application/vnd.pypi.simple.v1+json"


def test_pip_downloads_from_the_private_index_with_the_token(
    sources: LocalSources, trusting: dict[str, str], tmp_path: Path
) -> None:
    index = with_token(sources.index_url, sources.token)
    got = download(index, "--no-deps", "acme-pricing", into=tmp_path / "d", environment=trusting)
    assert got == (0, [PRICING])
    assert {request.credential for request in sources.log(host="index")} == {"acme"}
    assert {request.user for request in sources.log(host="index")} == {"reader"}


@pytest.mark.parametrize("wrong", ["nothing", "garbage", "git_token"])
def test_the_private_index_answers_nobody_else(
    wrong: str, sources: LocalSources, client: Client
) -> None:
    token = {"nothing": None, "garbage": "garbage", "git_token": sources.git_token}[wrong]
    answer = client.get(f"{sources.index_url}acme-pricing/", token)
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic")
    assert sources.log()[-1].credential == {"garbage": "unknown", "git_token": "acme-git"}.get(
        wrong, NOTHING
    )


def test_the_private_index_has_nothing_of_the_public_one(
    sources: LocalSources, client: Client
) -> None:
    assert client.get(f"{sources.index_url}idna/", sources.token).status == 404


def test_a_dependency_of_a_dependency_is_private_too(
    sources: LocalSources, trusting: dict[str, str], tmp_path: Path
) -> None:
    index = with_token(sources.mirror_url, sources.token)
    code, files = download(index, "acme-pricing", into=tmp_path / "d", environment=trusting)
    assert code == 0
    assert {PRICING, CORE} < set(files)
    assert any(name.startswith("pydantic_core-") for name in files)
    assert sources.log.leaks("acme", home="mirror") == ()


def test_uv_reads_metadata_without_the_wheel(
    sources: LocalSources, trusting: dict[str, str], tmp_path: Path
) -> None:
    sources.public_packages.add_wheel("acme-wide", "1.0", requires=["acme-leaf"])
    sources.public_packages.add_wheel("acme-leaf", "1.0")
    uv = (sys.executable, "-m", "uv", "pip", "compile", "--no-config", "-", "-o", tmp_path / "r")
    tmp_path.joinpath("in.txt").write_text("acme-wide\n")
    done = run(
        *(*uv[:-3], tmp_path / "in.txt", *uv[-2:]),
        environment=trusting | {"UV_DEFAULT_INDEX": sources.public_url},
    )
    assert done.returncode == 0, done.stderr
    assert "acme-leaf==1.0" in (tmp_path / "r").read_text()
    assert sources.log(host="public", path=".whl.metadata")
    assert not [r for r in sources.log(host="public") if r.path.endswith(".whl")]


def test_the_public_index_offers_what_a_test_puts_there(
    sources: LocalSources, trusting: dict[str, str], tmp_path: Path
) -> None:
    sources.public_packages.add_wheel("acme-pricing", "99.0")
    got = download(sources.public_url, "acme-pricing", into=tmp_path / "d", environment=trusting)
    assert got == (0, ["acme_pricing-99.0-py3-none-any.whl"])


def test_the_public_index_passes_on_the_real_one_with_its_file_links(
    sources: LocalSources, client: Client
) -> None:
    page = client.get(f"{sources.public_url}idna/")
    links = ProjectPage.from_html("idna", page.data, base_url=sources.public_url).packages
    assert links
    assert all(link.url.startswith("https://") and link.digests["sha256"] for link in links)
    assert not any(link.url.startswith(sources.public.origin) for link in links)
    sources.passes_on = False
    assert client.get(f"{sources.public_url}idna/").status == 404


def test_pages_tell_what_the_specifications_know(sources: LocalSources, client: Client) -> None:
    wheel = sources.public_packages.add_wheel("acme-old", "1.0", requires_python=">=3.11,<4")
    sources.public_packages.add_sdist("acme-old", "1.0")
    sources.public_packages.yank(wheel.name, 'broken & "bad"')
    url = f"{sources.public_url}acme-old/"
    html = ProjectPage.from_html("acme-old", client.get(url).data, base_url=url)
    as_json = client.get(url, accept=JSON)
    assert as_json.headers["Content-Type"] == JSON
    parsed = ProjectPage.from_json_data(json.loads(as_json.data), base_url=url)
    for page in (html, parsed):
        packages = {package.filename: package for package in page.packages}
        offered = packages[wheel.name]
        assert offered.requires_python == ">=3.11,<4"
        assert (offered.is_yanked, offered.yanked_reason) == (True, 'broken & "bad"')
        assert offered.has_metadata
        assert offered.metadata_digests is not None
        metadata = client.get(offered.url + ".metadata").data
        assert metadata.startswith(b"Metadata-Version: 2.2\nName: acme-old\n")
        assert not packages["acme_old-1.0.tar.gz"].is_yanked


def test_an_index_may_know_html_only(sources: LocalSources, client: Client) -> None:
    sources.public_packages.add_wheel("acme-old", "1.0")
    sources.html_only = True
    answer = client.get(f"{sources.public_url}acme-old/", accept=JSON)
    assert answer.headers["Content-Type"].startswith("text/html")


def test_the_mirror_serves_files_of_the_real_index_itself_to_those_who_may(
    sources: LocalSources, client: Client
) -> None:
    url = f"{sources.mirror_url}idna/"
    page = ProjectPage.from_html("idna", client.get(url, sources.token).data, base_url=url)
    wheel = next(package for package in page.packages if package.filename.endswith(".whl"))
    assert wheel.url.startswith(sources.mirror.origin)
    assert client.get(wheel.url).status == 401
    assert client.get(wheel.url, sources.token, method="HEAD").status == 200
    assert client.get(wheel.url, sources.token).data.startswith(b"PK")
    assert client.get(f"{sources.mirror_url}idna/").status == 401


def test_a_private_source_archive_newer_than_every_wheel_is_offered(
    sources: LocalSources, client: Client
) -> None:
    sources.add_sdist("acme-pricing", "2.0", requires=["acme-core"], dynamic=True)
    page = client.get(f"{sources.index_url}acme-pricing/", sources.token).data.decode()
    assert PRICING in page
    assert "acme_pricing-2.0.tar.gz" in page
