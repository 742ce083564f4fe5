"""The host with Azure Artifacts' shape does what makes that service awkward."""

from __future__ import annotations

import re
from pathlib import Path

from pypi_simple import ProjectPage

from local_sources import LocalSources
from tests.local_sources.conftest import Client
from tests.local_sources.programs import download, with_token

GUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def file_url(sources: LocalSources, client: Client) -> str:
    """Return the URL of acme-core's wheel as the feed's page has it."""
    url = f"{sources.azure_url}acme-core/"
    page = ProjectPage.from_html("acme-core", client.get(url, sources.token).data, base_url=url)
    return page.packages[0].url


def test_pip_downloads_over_the_signed_url_and_sends_no_credential_there(
    sources: LocalSources, trusting: dict[str, str], tmp_path: Path
) -> None:
    index = with_token(sources.azure_url, sources.token)
    got = download(index, "acme-core", into=tmp_path / "d", environment=trusting)
    assert got == (0, ["acme_core-1.4.0-py3-none-any.whl"])
    assert [request.credential for request in sources.log(host="blob")] == ["nothing"]
    assert sources.log.leaks("acme", home="azure", scope="/acme/") == ()


def test_file_links_carry_guids_below_the_organisation(
    sources: LocalSources, client: Client
) -> None:
    path = f"/acme/{GUID}/_packaging/{GUID}/pypi/download/acme-core/1.4.0/acme_core-1.4.0-"
    assert re.match(re.escape(sources.azure.origin) + path, file_url(sources, client))


def test_a_file_is_a_303_and_head_is_a_405(sources: LocalSources, client: Client) -> None:
    url = file_url(sources, client)
    answer = client.get(url, sources.token)
    assert answer.status == 303
    assert answer.headers["Location"].startswith(f"{sources.blob.origin}/b-")
    assert "sig=" in answer.headers["Location"]
    assert client.get(url, sources.token, method="HEAD").status == 405
    assert client.get(url).status == 401


def test_the_blob_wants_its_signature_and_nothing_else(
    sources: LocalSources, client: Client
) -> None:
    signed = client.get(file_url(sources, client), sources.token).headers["Location"]
    assert signed in sources.signed_urls()
    assert client.get(signed).status == 200
    assert client.get(signed, sources.token).status == 400
    assert client.get(signed.partition("?")[0]).status == 403
    assert client.get(f"{signed}0").status == 403


def test_two_organisations_share_the_host_and_no_credential(
    sources: LocalSources, client: Client
) -> None:
    sources.contoso_packages.add_wheel("contoso-auth", "1.0")
    url = f"{sources.contoso_url}contoso-auth/"
    assert client.get(url, sources.token).status == 401
    assert client.get(url, sources.contoso_token).status == 200
    (leak,) = sources.log.leaks("acme", home="azure", scope="/acme/")
    assert leak.path.startswith("/contoso/")
