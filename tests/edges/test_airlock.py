"""Access and foreign code are never together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lading.core.errors import CredentialError, LadingError, SourceError
from lading.edges.airlock import Airlock
from lading.edges.processes import Completed
from lading.edges.sandbox import Errand

ERRAND = Errand(command=("true",), environment={}, folder=Path("nowhere"))


class Broker:
    """A door that is open or not."""

    def __init__(self) -> None:
        self.is_open = False
        self.refusals: tuple[str, ...] = ("git-source: not declared",)
        self.failures: tuple[LadingError, ...] = ()

    def environment(self) -> dict[str, str]:
        """Return nothing."""
        return {}

    @contextmanager
    def opened(self) -> Iterator[Broker]:
        """Be open in the `with` block."""
        self.is_open = True
        try:
            yield self
        finally:
            self.is_open = False


class Curious:
    """Foreign code that tries the other door."""

    airlock: Airlock

    def run(self, errand: Errand) -> Completed:
        """Try to open the broker."""
        with self.airlock.access(errand.command[0]):
            raise AssertionError("it was open")


class Quiet:
    """Foreign code that does nothing."""

    def run(self, errand: Errand) -> Completed:
        """Succeed."""
        return Completed(command=errand.command, code=0, stdout="", stderr="")


def test_foreign_code_does_not_start_while_the_broker_is_open() -> None:
    broker = Broker()
    airlock = Airlock(open_broker=broker.opened, enclosure=Quiet())
    with airlock.access("x"), pytest.raises(RuntimeError, match=r"foreign code is wanted"):
        airlock.run(ERRAND)
    assert not broker.is_open
    assert airlock.run(ERRAND).code == 0


def test_the_broker_does_not_open_while_foreign_code_runs() -> None:
    broker, curious = Broker(), Curious()
    curious.airlock = Airlock(open_broker=broker.opened, enclosure=curious)
    with pytest.raises(RuntimeError, match=r"access is wanted while there is foreign code"):
        curious.airlock.run(ERRAND)
    assert not broker.is_open


def test_what_the_broker_refused_ends_up_in_the_error() -> None:
    airlock = Airlock(open_broker=Broker().opened, enclosure=Quiet())
    failure = SourceError("git failed: 403", remedy="look")
    with pytest.raises(SourceError, match=r"403\n  git-source: not declared"), airlock.access("x"):
        raise failure


def test_the_error_of_a_source_itself_is_the_one_that_is_told() -> None:
    broker = Broker()
    airlock = Airlock(open_broker=broker.opened, enclosure=Quiet())
    missing = CredentialError("no credential for source acme-git", remedy="Set ACME_GIT_TOKEN.")
    broker.failures = (missing,)
    with pytest.raises(CredentialError) as told, airlock.access("x"):
        raise SourceError("git failed: 424", remedy="Check the URL.")
    assert told.value is missing


def test_without_network_access_names_what_is_missing() -> None:
    airlock = Airlock(open_broker=None, enclosure=Quiet())
    with (
        pytest.raises(SourceError, match=r"acme-tax is not in the store"),
        airlock.access("acme-tax"),
    ):
        raise AssertionError("it was open")
