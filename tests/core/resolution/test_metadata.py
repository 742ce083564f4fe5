from __future__ import annotations

import pytest

from lading.core.machine import target_machine
from lading.core.resolution.metadata import (
    DirectLink,
    parse_direct_links,
    render_without_links,
)
from lading.core.runtimes import runtime_for

MACHINE = target_machine(runtime_for("3.13"))
URL = "git+https://git.example/acme/tax@main"
LINKED = (
    "Metadata-Version: 2.1\n"
    "Name: quote\n"
    "Version: 1.0\n"
    "Requires-Dist: wares>=1\n"
    f"Requires-Dist: Acme.Tax[fast] @ {URL} ; python_version >= '3.9'\n"
    "\n"
    f"Requires-Dist: in-the-description @ {URL}\n"
).encode()


def test_links_are_found() -> None:
    (link,) = parse_direct_links(LINKED)
    assert (link.name, link.url, link.marker) == ("acme-tax", URL, 'python_version >= "3.9"')


@pytest.mark.parametrize(("version", "pinned"), [(None, ""), ("2.1", "==2.1")])
def test_links_become_names(version: str | None, pinned: str) -> None:
    expected = LINKED.replace(
        f"Acme.Tax[fast] @ {URL} ; python_version >= '3.9'".encode(),
        f'Acme.Tax[fast]{pinned} ; python_version >= "3.9"'.encode(),
    )
    assert render_without_links(LINKED, pin=lambda _: version) == expected


def test_metadata_without_links_stays_as_it_is() -> None:
    plain = LINKED.replace(f" @ {URL}".encode(), b"")
    assert render_without_links(plain, pin=lambda _: None) == plain


@pytest.mark.parametrize(
    ("marker", "extras", "applies"),
    [
        ("", (), True),
        ('sys_platform == "linux"', (), True),
        ('sys_platform == "win32"', (), False),
        ('extra == "tax"', (), False),
        ('extra == "tax"', ("tax",), True),
        ('extra == "tax" and sys_platform == "win32"', ("tax",), False),
    ],
)
def test_a_link_applies_to_the_target_and_not_to_this_machine(
    marker: str, extras: tuple[str, ...], *, applies: bool
) -> None:
    link = DirectLink(name="acme-tax", url=URL, marker=marker)
    assert link.applies_to(MACHINE, extras=extras) is applies


def test_the_extras_that_a_marker_speaks_of_are_known() -> None:
    link = DirectLink(name="x", url=URL, marker='extra == "a" or extra == "b"')
    assert link.extras == ("a", "b")
