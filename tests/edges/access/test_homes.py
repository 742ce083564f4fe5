"""Each source gets its own credential and no other, and a private name has one home."""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from lading.core.config import CredentialSpec
from lading.core.errors import CredentialError, SourceError
from lading.core.index import IndexFile
from lading.core.secret import encodings
from local_sources import Fault, LocalSources
from local_sources.sources import Feed
from tests.acme import Notebook, acme_access, acme_project
from tests.edges.access.seen import leaks, pricing


@pytest.mark.parametrize("feed", ["index", "azure", "mirror"])
def test_a_private_file_comes_whole_from_its_home(
    sources: LocalSources, ambient: dict[str, str], feed: Feed
) -> None:
    access = acme_access(sources, ambient, project=acme_project(sources, feed))
    file = pricing(access.list_files("Acme.Pricing"))
    with access.open_file(file) as blocks:
        content = b"".join(blocks)
    assert hashlib.sha256(content).hexdigest() == file.sha256
    assert leaks(sources, home=feed) == []


def test_the_signed_url_of_a_blob_is_fetched_without_credential_and_told_to_nobody(
    sources: LocalSources, ambient: dict[str, str]
) -> None:
    progress = Notebook()
    project = acme_project(sources, "azure")
    access = acme_access(sources, ambient, project=project, progress=progress)
    with access.open_file(pricing(access.list_files("acme-pricing"))) as blocks:
        assert sum(len(block) for block in blocks)
    assert [request.credential for request in sources.log(host="blob")] == ["nothing"]
    assert [(record.source, record.authorized) for record in access.records] == [
        ("acme", True),
        ("acme", True),
        ("acme", False),
    ]
    assert "sig=" not in progress.text + repr(access.records)
    assert not any(form in progress.text for form in encodings(sources.token))


def test_the_credential_is_sent_without_being_asked_for(
    sources: LocalSources, ambient: dict[str, str]
) -> None:
    acme_access(sources, ambient).list_files("acme-pricing")
    statuses = [(request.credential, request.status) for request in sources.log(host="index")]
    assert statuses == [("acme", 200)]


@pytest.mark.parametrize("fault", ["401", "403", "404", "500"])
def test_a_private_name_never_comes_from_elsewhere(
    sources: LocalSources, ambient: dict[str, str], fault: Fault
) -> None:
    sources.public_packages.add_wheel("acme-pricing", "99.0")
    sources.index.fail(fault)
    access = acme_access(sources, ambient)
    with pytest.raises(SourceError) as caught:
        access.list_files("acme-pricing")
    assert caught.value.exit_code == 4
    assert "the source acme" in caught.value.message
    assert "acme-pricing" in caught.value.message
    assert fault in caught.value.message
    assert caught.value.remedy
    assert access.refusals == (caught.value.message,)
    assert sources.log(host="public") == ()


def test_a_public_name_that_nobody_has_is_no_error(
    sources: LocalSources, ambient: dict[str, str]
) -> None:
    sources.passes_on = False
    assert acme_access(sources, ambient).list_files("nobody-has-this") == ()


def test_a_public_name_is_asked_for_without_credential(
    sources: LocalSources, ambient: dict[str, str]
) -> None:
    sources.public_packages.add_wheel("public-thing", "1.0")
    access = acme_access(sources, ambient)
    (file,) = access.list_files("public-thing")
    assert access.serves_directly(file)
    assert access.read_metadata(file)
    assert {request.host for request in sources.log()} == {"public"}
    assert access.secrets == ()


def test_a_list_is_asked_for_once_by_any_number_of_threads(
    sources: LocalSources, ambient: dict[str, str]
) -> None:
    access = acme_access(sources, ambient)
    start = threading.Barrier(8)

    def ask(_: int) -> tuple[IndexFile, ...]:
        start.wait()
        return access.list_files("acme-pricing")

    with ThreadPoolExecutor(8) as threads:
        answers = set(threads.map(ask, range(8)))
    assert len(answers) == 1
    assert len(sources.log(host="index")) == 1


def test_a_missing_credential_says_which_variable_to_set(
    sources: LocalSources, ambient: dict[str, str]
) -> None:
    project = acme_project(sources)
    forgotten = tuple(
        replace(source, credential=CredentialSpec(kind="env", arguments=("FORGOTTEN_TOKEN",)))
        for source in project.sources
    )
    access = acme_access(sources, ambient, project=replace(project, sources=forgotten))
    with pytest.raises(CredentialError, match="FORGOTTEN_TOKEN") as caught:
        access.list_files("acme-pricing")
    assert caught.value.exit_code == 3
    assert sources.log() == ()


def test_an_undeclared_name_that_a_private_index_also_has_is_found(
    sources: LocalSources, ambient: dict[str, str]
) -> None:
    sources.add_wheel("helper-library", "1.0")
    access = acme_access(sources, ambient)
    assert access.namesakes("helper-library") == ("acme",)
    assert access.namesakes("numpy") == ()
    sources.index.fail("500")
    assert access.namesakes("helper-library") == ()
