"""pip-audit, which may be missing, and who is asked for what it reads."""

from __future__ import annotations

import pytest

from lading.core.advisories import Release
from lading.core.errors import SourceError, UsageError
from lading.edges.advisories import read_advisories, read_auditor
from local_sources import LocalSources
from tests.acme import acme_access, acme_project

IDNA = Release(name="idna", version="3.6")


def test_without_pip_audit_it_is_told_how_to_get_it() -> None:
    with pytest.raises(UsageError) as caught:
        read_auditor(find=lambda _name: None)
    assert "pip install 'lading[audit]'" in caught.value.remedy
    assert read_auditor().startswith("pip-audit 2.")


def test_what_is_not_vulnerable_is_not_told(ambient: dict[str, str]) -> None:
    pages = {IDNA: '{"vulnerabilities": []}'}
    assert read_advisories(pages, place="an index", ambient=ambient) == ()


def test_a_project_may_have_the_public_index_asked(
    sources: LocalSources, ambient: dict[str, str]
) -> None:
    project = acme_project(sources, more='[tool.lading]\nadvisories = "pypi"\n')
    names = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
    closed = ambient | dict.fromkeys(names, "http://127.0.0.1:9")
    access = acme_access(sources, closed, project=project)
    with pytest.raises(SourceError, match="PyPI"):
        access.read_release("idna", "3.6")
    assert not sources.log()


def test_no_redirect_takes_a_name_to_another_place(
    sources: LocalSources, ambient: dict[str, str]
) -> None:
    sources.public.fail("redirect-to-port")
    with pytest.raises(SourceError):
        acme_access(sources, ambient).read_release("idna", "3.6")
    assert not sources.log(host="other")
