"""The credential is nowhere but at its source."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

from lading.core.secret import encodings
from local_sources import LocalSources
from tests.acceptance.publish.library import SDIST, WHEEL, publish, published, write_project
from tests.library import write_library
from tests.user import User


def test_a_refused_credential_is_told_before_anything_is_built(
    publisher: User, project: Path
) -> None:
    write_library(project / "ledger", more="\nraise SystemExit('it was built')\n")
    said = publish(publisher, project, ACME_TOKEN="not-the-token")
    assert said.code == 4, said.text
    assert "401" in said.stderr
    assert "it was built" not in said.text


# What a build may look into: its own environment and arguments, and every process that it sees.
_SPY = """
import glob, sys

def _look():
    found = [str(dict(os.environ)), str(sys.argv)]
    for name in glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline"):
        try:
            found.append(open(name, "rb").read().decode("utf-8", "replace"))
        except OSError:
            pass
    pathlib.Path("acme_seen.py").write_text(repr("".join(found)))

_look()
"""


def test_the_credential_is_nowhere_but_at_its_source(
    publisher: User, sources: LocalSources, project: Path, tmp_path: Path
) -> None:
    write_library(project / "ledger", more=_SPY)
    said = publish(publisher, project, "--verbose")
    assert said.code == 0, said.text
    forms = encodings(sources.publisher_token)
    everything = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    everything.append(said.text.encode())
    inside = _unpacked(sources.private_packages.folder)
    seen = [text for name, text in inside.items() if name.endswith("/acme_seen.py")]
    assert seen
    assert all(b"SOURCE_DATE_EPOCH" in text for text in seen), "the build did not look"
    everything += inside.values()
    assert not [form for form in forms if any(form.encode() in one for one in everything)]
    assert sources.log.leaks("acme-publisher", home="index") == ()


def _unpacked(shelf: Path) -> dict[str, bytes]:
    """Return the members of what was published."""
    found: dict[str, bytes] = {}
    with zipfile.ZipFile(shelf / WHEEL) as wheel:
        found |= {f"{WHEEL}/{name}": wheel.read(name) for name in wheel.namelist()}
    with tarfile.open(shelf / SDIST) as archive:
        for member in archive:
            content = archive.extractfile(member)
            found[f"{SDIST}/{member.name}"] = content.read() if content else b""
    return found


def test_a_redirected_upload_is_an_error_and_nobody_else_sees_it(
    publisher: User, sources: LocalSources, tmp_path: Path
) -> None:
    project = write_project(sources, tmp_path / "project", "azure")
    write_library(project / "ledger")
    sources.azure.fail("redirect-to-host", where="/upload/")
    said = publish(publisher, project)
    assert said.code == 4, said.text
    assert "redirect" in said.stderr
    assert sources.log.leaks("acme-publisher", home="azure", scope="/acme/") == ()


def test_no_pypirc_netrc_or_twine_variable_is_read(
    publisher: User, sources: LocalSources, project: Path
) -> None:
    write_library(project / "ledger")
    home = Path(publisher.environment["HOME"])
    elsewhere = f"{sources.other.origin}/"
    (home / ".pypirc").write_text(
        f"[distutils]\nindex-servers = acme\n[acme]\nrepository = {elsewhere}\n"
        "username = u\npassword = p\n"
    )
    (home / ".netrc").write_text("machine localhost login u password p\n")
    (home / ".netrc").chmod(0o600)
    twine = {"TWINE_REPOSITORY_URL": elsewhere, "TWINE_USERNAME": "u", "TWINE_PASSWORD": "p"}
    said = publish(publisher, project, **twine)
    assert said.code == 0, said.text
    assert published(sources) == {WHEEL, SDIST}
    assert not sources.log(host="other")
    assert {request.credential for request in sources.log(host="index")} == {"acme-publisher"}
