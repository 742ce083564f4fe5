"""What may be asked about a package: public names of public places, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lading.core.advisories import (
    PYPI,
    Advisory,
    Audit,
    Inquiry,
    Release,
    Vulnerable,
    parse_release_page,
    plan_audit,
    plan_audit_of_found,
)
from lading.core.advisories.report import audit_document, check_audit, render_audit
from lading.core.config import Advisories, CredentialSpec, IndexSource, Project
from lading.core.findings import judge
from lading.core.findings import parse_allowances as allowed
from lading.core.lock import Lock, LockedFile, LockedSource

NONE = CredentialSpec(kind="none")


def source(*packages: str, default: bool = False) -> IndexSource:
    url = "https://feed.example/simple/"
    return IndexSource(
        name="acme", url=url, packages=packages, credential=NONE, scope=url, default=default
    )


def file(name: str, version: str = "1.0", *, of: str = "default") -> LockedFile:
    return LockedFile(
        name=name,
        version=version,
        filename=f"{name}-{version}-py3-none-any.whl",
        sha256="",
        source=of,
    )


def archive(name: str, *, of: str = "default") -> LockedSource:
    return LockedSource(kind="archive", name=name, version="1.0", file=file(name, of=of))


def lock(*files: LockedFile, sources: tuple[LockedSource, ...] = ()) -> Lock:
    return Lock(python="3.13", platform="x", fingerprint="", files=files, sources=sources)


def project(*sources: IndexSource, advisories: Advisories = "index") -> Project:
    return Project(root=Path("/p"), apps=(), sources=sources, advisories=advisories)


def names(inquiry: Inquiry) -> list[str]:
    return [release.name for release in inquiry.asked]


def test_a_declared_name_is_never_asked_for() -> None:
    found = plan_audit(
        lock(file("idna"), file("acme-core", of="acme"), file("acme-tax")),
        project(source("acme-*")),
    )
    assert names(found) == ["idna"]
    # Not even where an old lock has it from the default index.
    assert found.withheld == ("acme-core", "acme-tax")


def test_what_comes_from_no_index_is_not_asked_for() -> None:
    built = (
        archive("public-archive"),
        LockedSource(kind="git", name="from-git", version="1.0", url="https://g.example/x"),
        LockedSource(kind="path", name="from-folder", version="1.0", path="../x"),
        LockedSource(kind="url", name="from-url", version="1.0", url="https://u.example/x.whl"),
    )
    found = plan_audit(lock(sources=built), project())
    assert names(found) == ["public-archive"]
    assert found.withheld == ("from-folder", "from-git", "from-url")


def test_names_of_a_mirror_go_elsewhere_only_once_it_tells_the_private_ones() -> None:
    locked = lock(file("idna", of="acme"), file("acme-core", of="acme"))
    told = source("acme-*", default=True)
    silent = source(default=True)
    assert names(plan_audit(locked, project(told, advisories="pypi"))) == ["idna"]
    assert names(plan_audit(locked, project(silent, advisories="pypi"))) == []
    # It may be asked for whatever it has itself.
    assert names(plan_audit(locked, project(told))) == ["idna"]
    assert names(plan_audit(locked, project(silent))) == ["acme-core", "idna"]


def test_of_a_zip_only_what_the_lock_or_the_user_calls_public_is_asked_for() -> None:
    found = [Release(name=name, version="1.0") for name in ("acme-x", "idna", "other", "zope-x")]
    here = project(source("acme-*"))
    locked = lock(file("idna"), file("other", "2.0"))
    assert names(plan_audit_of_found(found, locked, here, public=())) == ["idna"]
    assert names(plan_audit_of_found(found, None, here, public=())) == []
    assert names(plan_audit_of_found(found, None, here, public=("*",))) == [
        "idna",
        "other",
        "zope-x",
    ]
    assert names(plan_audit_of_found(found, None, here, public=("Zope.X",))) == ["zope-x"]


@pytest.mark.parametrize(
    "page", [b"", b"<html>", b"[]", b"{}", b'{"vulnerabilities": null}', b"[" * 99999]
)
def test_a_page_without_such_data_says_nothing(page: bytes) -> None:
    assert parse_release_page(page) is None


def test_an_empty_list_says_that_nothing_is_known() -> None:
    assert parse_release_page(b'{"info": {}, "vulnerabilities": []}') == '{"vulnerabilities": []}'


IDNA = Release(name="idna", version="3.6")
KNOWN = Advisory(
    id="PYSEC-2024-60", aliases=("CVE-2024-3651",), fixed=("3.7",), summary="slow encode()"
)
AUDIT = Audit(
    inquiry=Inquiry(asked=(IDNA, Release(name="odd", version="1")), withheld=("acme-core",)),
    place="the default index",
    tool="pip-audit 2.10.1",
    silent=(Release(name="odd", version="1"),),
    vulnerable=(Vulnerable(release=IDNA, advisories=(KNOWN,)),),
)


def test_findings_name_the_vulnerability_what_mends_it_and_what_nobody_knows() -> None:
    known, silent = check_audit(AUDIT, "warning")
    assert known.code == "vulnerable"
    assert known.evidence == ("3.6 has PYSEC-2024-60 (CVE-2024-3651), fixed in 3.7: slow encode()")
    assert known.remedy == "lading lock --upgrade-package idna"
    assert silent.code == "not-audited"
    assert "the default index has no data of vulnerabilities of 1 distribution: odd" in (
        silent.evidence
    )
    assert "asks PyPI for public names instead" in silent.remedy
    assert {known.severity, silent.severity} == {"warning"}
    _, silent = check_audit(replace(AUDIT, place=PYPI), "warning")
    assert "a proxy answers in its place" in silent.remedy


@pytest.mark.parametrize("name", ["idna", "PYSEC-2024-60", "CVE-2024-3651"])
def test_one_vulnerability_may_pass_by_any_of_its_names(name: str) -> None:
    known, _ = judge(
        check_audit(AUDIT, "error"), allowed([f"vulnerable:{name}"], "never parses host names")
    )
    assert known.allowed == "never parses host names"
    other, _ = judge(check_audit(AUDIT, "error"), allowed(["vulnerable:CVE-1"], "x"))
    assert other.refuses


def test_an_audit_tells_whom_it_asked_and_what_it_kept() -> None:
    assert render_audit(AUDIT) == (
        "audit: 2 distributions asked for at the default index, 1 with known vulnerabilities,"
        " 1 unknown there (pip-audit 2.10.1); not asked for, as they are not known to be public:"
        " acme-core"
    )
    document = audit_document(AUDIT)
    assert document["withheld"] == ["acme-core"]
    assert document["silent"] == ["odd 1"]
