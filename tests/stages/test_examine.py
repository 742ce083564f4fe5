"""Sources are asked for what is needed of them, at the same time, and each answers for itself."""

from __future__ import annotations

import itertools
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace

import pytest

from lading.core.access.issued import Issued
from lading.core.config import DefaultIndex, IndexSource, Project, Source
from lading.core.errors import CredentialError, SourceError
from lading.core.index import IndexFile
from lading.core.secret import Credential, Secret
from lading.edges.access import GitRequest
from lading.edges.http import Response
from lading.stages.examine import Examiner, Needed, Repository
from local_sources import LocalSources
from tests.acme import acme_access, acme_project

TOKEN = Secret("s3cret-s3cret-s3cret")


@dataclass
class Stub:
    """Access to sources that have what the test says."""

    project: Project
    private: dict[str, tuple[IndexFile, ...]] = field(default_factory=dict)
    public: dict[str, tuple[IndexFile, ...]] = field(default_factory=dict)
    issued: Issued | None = None
    asked: list[str] = field(default_factory=list)

    def issued_for(self, source: Source, url: str) -> Issued | None:
        """Give what the test gave, or fail."""
        if self.issued is None:
            raise CredentialError(f"none for {source.name} at {url}", remedy="Set one.")
        return self.issued

    def list_files(self, name: str) -> tuple[IndexFile, ...]:
        """Give what the test put there."""
        self.asked.append(name)
        if name not in self.private:
            raise SourceError(f"no {name}", remedy="Publish it.")
        return self.private[name]

    def shows_names(self, source: IndexSource) -> bool:
        """Show none."""
        self.asked.append(source.url)
        return False

    def read_page(self, source: IndexSource, name: str) -> tuple[IndexFile, ...]:
        """Give what the test put there."""
        return self.private.get(name, ()) if source.name else ()

    def read_default_page(self, name: str) -> tuple[IndexFile, ...]:
        """Fail for a name that the test gave no files."""
        if name not in self.public:
            return ()
        if not self.public[name]:
            raise SourceError("gone", remedy="Try again.")
        return self.public[name]

    def open_git(self, request: GitRequest) -> AbstractContextManager[Response]:
        """Fail."""
        raise SourceError(f"{request.url} is not asked here", remedy="")


def file(name: str, version: str = "1.0", sha256: str = "a") -> IndexFile:
    return IndexFile(
        name=name,
        version=version,
        filename=f"{name}-{version}.whl",
        url="https://x.test/f",
        source="acme",
        sha256=sha256,
    )


def examiner(stub: Stub, *names: str) -> Examiner:
    ticks = itertools.count(step=0.25)
    return Examiner(
        access=stub, needed=Needed(names=frozenset(names)), clock=lambda: float(next(ticks))
    )


@pytest.fixture
def project(sources: LocalSources) -> Project:
    return acme_project(sources)


@pytest.fixture
def stub(project: Project) -> Stub:
    issued = Issued(
        credential=Credential(username="u", password=TOKEN),
        origin="the Azure CLI",
        reason="this is a laptop",
        expires=1000.0,
    )
    return Stub(project=project, issued=issued)


def test_what_opens_a_source_is_told_without_the_credential(stub: Stub) -> None:
    stub.private["acme-core"] = (file("acme-core"), file("acme-core", "1.10"))
    (found,) = examiner(stub, "acme-core", "idna").examine(stub.project.index_sources)
    (opened,) = found.opened
    assert (opened.origin, opened.reason, opened.expires) == (
        "the Azure CLI",
        "this is a laptop",
        1000.0,
    )
    assert TOKEN.reveal() not in repr(found)
    (check,) = found.checks
    assert (check.text, check.milliseconds) == ("2 files, newest 1.10", 250)
    assert stub.asked == ["acme-core"]


def test_names_that_are_written_out_are_asked_for_without_a_requirement(stub: Stub) -> None:
    (source,) = stub.project.index_sources
    literal = replace(source, packages=("contoso-auth", "acme-*"))
    stub.project = replace(stub.project, sources=(literal,))
    examiner(stub).examine((literal,))
    assert stub.asked == ["contoso-auth"]


def test_many_names_are_not_all_asked_for(stub: Stub) -> None:
    names = [f"acme-{number:03}" for number in range(50)]
    stub.private = {name: (file(name),) for name in names}
    (found,) = examiner(stub, *names).examine(stub.project.index_sources)
    assert sorted(stub.asked) == names[:40]
    assert found.checks[-1].text == "10 more names of this source: not asked"


def test_an_index_without_a_list_of_names_says_nothing_about_rights(stub: Stub) -> None:
    (found,) = examiner(stub).examine(stub.project.index_sources)
    (check,) = found.checks
    assert check.verdict == "note"
    assert "is not known" in check.text


def test_without_a_credential_nothing_is_asked(stub: Stub) -> None:
    stub.issued = None
    found = examiner(stub, "acme-core").examine(stub.project.sources)
    assert [[check.exit_code for check in one.checks] for one in found] == [[3], [3]]
    assert stub.asked == []


def test_a_default_index_that_fails_makes_no_name_free_and_none_taken(stub: Stub) -> None:
    stub.private = {"acme-core": (file("acme-core"),), "acme-tax": (file("acme-tax"),)}
    stub.public = {"acme-core": ()}
    compared = examiner(stub, "acme-core", "acme-tax").compare_indexes(
        stub.project.index_sources, DefaultIndex(url="")
    )
    (free,) = compared
    assert (free.verdict, free.code) == ("note", "free-name")
    assert "acme-tax" in free.text
    assert "acme-core" not in free.text


def test_an_index_of_ones_own_has_no_names_to_reserve(stub: Stub) -> None:
    stub.private = {"acme-core": (file("acme-core"),)}
    own = DefaultIndex(url="https://mirror.test/simple/", origin="PIP_INDEX_URL")
    assert examiner(stub, "acme-core").compare_indexes(stub.project.index_sources, own) == ()
    # The same index by another way.
    stub.public = {"acme-core": (file("acme-core", "9", "b"),)}
    same = DefaultIndex(url=stub.project.index_sources[0].url, origin="PIP_INDEX_URL")
    assert examiner(stub, "acme-core").compare_indexes(stub.project.index_sources, same) == ()


def test_a_source_that_hangs_is_told_and_the_other_answers(
    sources: LocalSources, ambient: dict[str, str]
) -> None:
    sources.index.fail("hang")
    access = acme_access(sources, ambient, patience=2)
    needed = Needed(
        names=frozenset({"acme-core"}),
        repositories=frozenset({Repository(url=sources.tax_url, ref="v2.1.0")}),
    )
    ticks = itertools.count()
    asking = Examiner(access=access, needed=needed, clock=lambda: float(next(ticks)))
    index, git = asking.examine(access.project.sources)
    assert "fell silent" in index.checks[0].text
    assert git.checks[0].verdict == "good"


def test_a_page_to_sign_in_is_no_repository(sources: LocalSources, ambient: dict[str, str]) -> None:
    sources.git.fail("sign-in")
    access = acme_access(sources, ambient)
    needed = Needed(repositories=frozenset({Repository(url=sources.tax_url, ref=None)}))
    asking = Examiner(access=access, needed=needed, clock=lambda: 0.0)
    (git,) = asking.examine(access.project.git_sources)
    assert git.checks[0].verdict == "wrong"
    assert git.checks[0].exit_code in {3, 4}


@pytest.mark.parametrize(
    ("ref", "told"),
    [
        (None, "the default branch is there"),
        ("v1.0.0", "v1.0.0 is there"),
        ("0" * 40, "000000000000 is not looked for"),
        ("abcdef0", "abcdef0 is looked for among all commits"),
    ],
)
def test_a_ref_is_told_as_far_as_refs_tell(
    sources: LocalSources, ambient: dict[str, str], ref: str | None, told: str
) -> None:
    access = acme_access(sources, ambient)
    needed = Needed(repositories=frozenset({Repository(url=sources.tax_url, ref=ref)}))
    asking = Examiner(access=access, needed=needed, clock=lambda: 0.0)
    (git,) = asking.examine(access.project.git_sources)
    assert told in git.checks[0].text
    assert git.checks[0].verdict == "good"
