"""Direct URLs and the default index have credentials of their own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lading.core.config import DefaultIndex
from lading.core.errors import SourceError
from lading.core.secret import Credential, Secret
from local_sources import LocalSources
from local_sources.sources import USER
from tests.acme import Notebook, acme_access, acme_project
from tests.edges.access.seen import leaks, pricing


def test_a_direct_url_gets_the_credential_of_the_source_that_covers_it(
    sources: LocalSources, ambient: dict[str, str]
) -> None:
    access = acme_access(sources, ambient)
    own = pricing(access.list_files("acme-pricing")).url
    foreign = own.replace(sources.index.origin, sources.other.origin)
    sources.log.clear()
    for url in (own, foreign):
        with access.open_url(url) as blocks:
            assert b"".join(blocks)
    shown = [(request.host, request.credential) for request in sources.log()]
    assert shown == [("index", "acme"), ("other", "nothing")]


@pytest.mark.parametrize(
    "url", ["http://example.test/x.whl", "https://u:p4ssword@example.test/x", "file:///etc/passwd"]
)
def test_a_direct_url_that_is_not_plain_https_is_refused(
    sources: LocalSources, ambient: dict[str, str], url: str
) -> None:
    with (
        pytest.raises(SourceError) as caught,
        acme_access(sources, ambient).open_url(url),
    ):
        pass
    assert "p4ssword" not in str(caught.value)


def test_the_credential_of_the_default_index_stays_with_it(
    sources: LocalSources, ambient: dict[str, str]
) -> None:
    credential = Credential(username=USER, password=Secret(sources.token))
    progress = Notebook()
    access = acme_access(
        sources,
        ambient,
        default_index=DefaultIndex(
            url=sources.mirror_url, credential=credential, origin="PIP_INDEX_URL"
        ),
        project=replace(acme_project(sources), sources=()),
        progress=progress,
    )
    file = pricing(access.list_files("acme-pricing"))
    assert not access.serves_directly(file)
    assert access.secrets == (credential.password,)
    assert leaks(sources, home="mirror") == []
    assert "PIP_INDEX_URL" in progress.warnings[0]
