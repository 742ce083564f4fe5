"""Credentials that the hosts do not know by heart, but recognise."""

from __future__ import annotations

import json

from local_sources import LocalSources
from tests.local_sources.conftest import Client

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJkZXZvcHMifQ.c2lnbmF0dXJl"


def test_a_recognised_token_opens_feeds_and_repositories_by_its_name(
    sources: LocalSources, client: Client
) -> None:
    sources.trust(lambda token: token == TOKEN)
    pages = [f"{sources.index_url}acme-core/", f"{sources.azure_url}acme-core/"]
    pages.append(f"{sources.tax_url}/info/refs?service=git-upload-pack")
    assert [client.get(page, TOKEN).status for page in pages] == [200, 200, 200]
    assert {request.credential for request in sources.log()} == {"entra"}
    assert [client.get(page, f"{TOKEN}x").status for page in pages] == [401, 401, 401]
    assert sources.log()[-1].credential == "unknown"


def test_a_recognised_token_opens_nothing_of_another_organisation(
    sources: LocalSources, client: Client
) -> None:
    sources.trust(lambda token: token == TOKEN)
    assert client.get(f"{sources.contoso_url}acme-core/", TOKEN).status == 401


def test_a_recognised_token_outside_its_place_is_seen(
    sources: LocalSources, client: Client
) -> None:
    sources.trust(lambda token: token == TOKEN)
    client.get(f"{sources.public_url}acme-core/?token={TOKEN}")
    assert sources.log()[-1].strays == ("QUERY_STRING",)


def test_a_reset_ends_the_trust(sources: LocalSources, client: Client) -> None:
    sources.trust(lambda token: token == TOKEN)
    sources.reset()
    assert client.get(f"{sources.index_url}acme-core/", TOKEN).status == 401


def test_azure_devops_says_in_its_own_words_that_a_token_is_bad_and_where_to_get_one(
    sources: LocalSources, client: Client
) -> None:
    authority = "https://login.microsoftonline.com/tenant"
    sources.trust(lambda _: False, authority=authority)
    for url in (f"{sources.azure_url}acme-core/", f"{sources.tax_url}/info/refs"):
        answer = client.get(url, TOKEN)
        assert answer.status == 401
        assert json.loads(answer.data)["message"].startswith("TF400813: ")
        challenges = answer.headers.getlist("WWW-Authenticate")
        assert challenges[0] == f"Bearer authorization_uri={authority}"
        assert challenges[1].startswith("Basic realm=")


def test_what_is_posted_is_redirected_with_its_body(sources: LocalSources, client: Client) -> None:
    sources.index.fail("redirect-to-port")
    moved = [client.get(sources.index_url, method=method) for method in ("GET", "POST")]
    assert [answer.status for answer in moved] == [302, 307]


def test_garbage_is_an_answer_without_its_end(sources: LocalSources, client: Client) -> None:
    sources.public_packages.add_wheel("acme-pricing", "1.9.0")
    page = f"{sources.public_url}acme-pricing/"
    whole = client.get(page).data
    sources.public.fail("garbage")
    answer = client.get(page)
    assert (answer.status, answer.data) == (200, whole[:-2])
