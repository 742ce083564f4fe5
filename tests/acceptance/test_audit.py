"""`--audit`: known vulnerabilities, as the real pip-audit reads them from a real index."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from local_sources import LocalSources
from tests.support import make_project
from tests.user import User

# As PyPI has them; the second is the first by another name, the third was withdrawn.
KNOWN: dict[tuple[str, str], list[dict[str, object]]] = {
    ("wares", "1.0"): [
        {
            "id": "PYSEC-2026-1",
            "aliases": ["CVE-2026-1"],
            "fixed_in": ["1.2", "1.10"],
            "summary": None,
            "details": "A crafted\nlist of wares never ends.",
            "withdrawn": None,
        },
        {
            "id": "GHSA-aaaa-bbbb-cccc",
            "aliases": ["CVE-2026-1", "PYSEC-2026-1"],
            "fixed_in": ["1.2"],
            "details": "the same",
            "withdrawn": None,
        },
        {
            "id": "PYSEC-2026-2",
            "aliases": [],
            "fixed_in": [],
            "details": "was none",
            "withdrawn": "2026-02-01T00:00:00Z",
        },
    ]
}
WARNING = (
    "vulnerable: wares: 1.0 has PYSEC-2026-1 (CVE-2026-1, GHSA-aaaa-bbbb-cccc),"
    " fixed in 1.2, 1.10: A crafted list of wares never ends."
)


@pytest.fixture
def project(sources: LocalSources, tmp_path: Path) -> Path:
    """Return an app that needs two public distributions and two private ones."""
    for name in ("wares", "tools"):
        sources.public_packages.add_wheel(name, "1.0", files={f"{name}.py": "X = 1\n"})
    sources.tell_vulnerabilities(KNOWN)
    for name in ("acme-bell", "acme-own"):
        sources.add_wheel(name, "1.0", files={f"{name.replace('-', '_')}.py": "X = 1\n"})
    asked = ["wares", "tools", "acme-bell", "acme-own"]
    return make_project(tmp_path / "project", requirements=asked, sources=sources)


def asked_for(sources: LocalSources) -> list[str]:
    """Return the paths of the pages of releases that were asked for, of any host."""
    return sorted({one.path for one in sources.log() if "json" in one.path})


def configure(project: Path, line: str) -> None:
    path = project / "pyproject.toml"
    head = "[tool.lading.apps.orders]\n"
    path.write_text(path.read_text().replace(head, f"{head}{line}\n"))


def audited(document: dict[str, Any]) -> list[str]:
    return [f"{one['severity']} {one['code']}: {one['subject']}" for one in document["findings"]]


def test_what_is_known_is_a_warning_and_private_names_are_nobodys_business(
    user: User, project: Path, sources: LocalSources
) -> None:
    sources.log.clear()
    said = user.builds(project, "--audit")
    assert f"warning {WARNING}" in said.stdout
    assert "→ lading lock --upgrade-package wares" in said.stdout
    assert "audit: 2 distributions asked for at the default index, 1 with known" in said.stdout
    assert "not asked for, as they are not known to be public: acme-bell, acme-own" in said.stdout
    assert asked_for(sources) == ["/pypi/tools/1.0/json", "/pypi/wares/1.0/json"]
    report = json.loads((project / "dist/orders.json").read_text())
    assert report["audit"]["vulnerable"][0]["advisories"][0]["fixed"] == ["1.2", "1.10"]
    assert report["audit"]["withheld"] == ["acme-bell", "acme-own"]
    provenance = json.loads((project / "dist/orders.provenance.json").read_text())
    definition = provenance["predicate"]["buildDefinition"]
    assert definition["externalParameters"]["options"] == ["--audit"]


def test_without_the_flag_nobody_is_asked(user: User, project: Path, sources: LocalSources) -> None:
    sources.log.clear()
    said = user.builds(project)
    assert asked_for(sources) == []
    assert "audit" not in said.stdout


def test_an_app_may_call_it_an_error_that_is_told_before_anything_is_fetched(
    user: User, project: Path, sources: LocalSources
) -> None:
    configure(project, 'audit = "error"')
    user.types(project, "lock")
    sources.log.clear()
    said = user.types(project, "build", "--audit", LADING_CACHE=str(project / "empty"))
    assert said.code == 6
    assert f"error {WARNING}" in said.stderr
    assert not [one for one in sources.log() if one.path.endswith(".whl")]
    words = ("--allow", "vulnerable:CVE-2026-1", "--reason", "no list comes from outside")
    allowed = user.builds(project, "--audit", *words)
    assert "allowed vulnerable: wares: 1.0 has PYSEC-2026-1" in allowed.stdout


def test_an_index_without_such_data_is_told(
    user: User, project: Path, sources: LocalSources
) -> None:
    sources.tell_vulnerabilities(None)
    said = user.builds(project, "--audit")
    assert "warning not-audited: package: the default index has no data of" in said.stdout
    assert "tools, wares" in said.stdout
    assert 'advisories = "pypi" in [tool.lading]' in said.stdout


def test_a_feed_that_passes_the_public_index_on_is_asked_itself(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    sources.add_wheel("wares", "1.0", files={"wares.py": "X = 1\n"})
    sources.add_wheel("acme-own", "1.0", files={"acme_own.py": "X = 1\n"})
    project = make_project(
        tmp_path / "p", requirements=["wares", "acme-own"], sources=sources, feed="mirror"
    )
    sources.log.clear()
    said = user.builds(project, "--audit")
    assert "the source acme has no data of vulnerabilities of 1 distribution: wares" in said.stdout
    (record,) = [one for one in sources.log() if "json" in one.path]
    assert (record.host, record.path) == ("mirror", "/pypi/wares/1.0/json")


def test_an_index_that_fails_ends_the_build(
    user: User, project: Path, sources: LocalSources
) -> None:
    user.types(project, "lock")
    sources.public.fail("500")
    said = user.types(project, "build", "--audit")
    assert said.code == 4
    assert "vulnerabilities of" in said.stderr
    assert not list(project.glob("dist/*"))


def test_data_that_pip_audit_cannot_read_is_the_sources_fault(
    user: User, project: Path, sources: LocalSources
) -> None:
    sources.tell_vulnerabilities({("wares", "1.0"): [{"id": "X", "fixed_in": ["no version"]}]})
    said = user.types(project, "build", "--audit")
    assert said.code == 4
    assert "in a way that pip-audit cannot read" in said.stderr
    assert "Traceback" not in said.text


def test_no_network_and_an_audit_contradict_each_other(user: User, project: Path) -> None:
    for command in ("build", "verify"):
        said = user.types(project, command, "--audit", "--offline")
        assert said.code == 2
        assert "--audit asks the index, and --offline allows no network" in said.stderr


def test_verify_asks_for_what_the_lock_has_from_the_index(
    user: User, project: Path, sources: LocalSources
) -> None:
    user.builds(project)
    sources.log.clear()
    said = user.types(project, "verify", "--audit", "--json")
    assert said.code == 0, said.text
    assert "warning vulnerable: wares" in audited(said.document())
    assert asked_for(sources) == ["/pypi/tools/1.0/json", "/pypi/wares/1.0/json"]
    configure(project, 'audit = "error"')
    assert user.types(project, "verify", "--audit").code == 6


def test_of_a_strangers_zip_only_what_the_user_calls_public_is_asked_for(
    user: User, project: Path, sources: LocalSources, tmp_path: Path
) -> None:
    user.builds(project)
    stranger = tmp_path / "any.zip"
    with (
        zipfile.ZipFile(project / "dist/orders.zip") as theirs,
        zipfile.ZipFile(stranger, "w") as copy,
    ):
        for item in theirs.infolist():
            if item.filename != "lading.json":
                copy.writestr(item, theirs.read(item))
    sources.log.clear()
    words = ("verify", "--artifact", "any.zip", "--python", "3.11", "--audit")
    said = user.types(tmp_path, *words)
    assert asked_for(sources) == []
    assert "audit: 0 distributions asked for" in said.stdout
    told = user.types(tmp_path, *words, "--public", "w*")
    assert f"warning {WARNING}" in told.stdout
    assert asked_for(sources) == ["/pypi/wares/1.0/json"]
    alone = user.types(tmp_path, *words[:-1], "--public", "w*")
    assert alone.code == 2
