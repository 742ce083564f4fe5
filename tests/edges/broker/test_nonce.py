"""The nonce dies with its door, and the environment that carries it closes every other way."""

from __future__ import annotations

import os

from lading.core.secret import encodings
from lading.edges.access import Access
from lading.edges.broker import Broker
from local_sources import LocalSources
from tests.edges.broker.guests import Guest


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
