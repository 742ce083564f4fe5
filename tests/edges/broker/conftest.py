"""A broker with its access, and a guest at its door."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lading.edges.access import Access
from lading.edges.broker import Broker
from local_sources import LocalSources
from tests.acme import acme_access
from tests.edges.broker.guests import Guest


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
