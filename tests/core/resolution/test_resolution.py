from __future__ import annotations

import pytest

from lading.core.errors import ResolutionError
from lading.core.lock import Lock, LockedFile, LockedSource
from lading.core.machine import target_machine
from lading.core.requirements import (
    GitRequirement,
    NamedRequirement,
    PathRequirement,
    Requirements,
)
from lading.core.resolution import (
    Pin,
    Upgrade,
    applies_to,
    check_nothing_is_asked,
    find_origins,
    parse_pins,
    plan_preferences,
    render_direct,
    with_origins,
)
from lading.core.runtimes import runtime_for

MACHINE = target_machine(runtime_for("3.13"))
LOCK = Lock(
    python="3.13",
    platform="x",
    fingerprint="",
    files=(
        LockedFile(
            name="wares",
            version="1.0",
            filename="wares-1.0-py3-none-any.whl",
            sha256="ab" * 32,
            source="default",
        ),
    ),
    sources=(LockedSource(kind="path", name="here", version="2.0", path="here"),),
)


def asked(*named: str, origin: str = "app/requirements.txt:3") -> Requirements:
    return Requirements(
        named=tuple(NamedRequirement(name=name, text=name, origin=origin) for name in named),
        direct=(),
        constraints=(),
        notes=(),
        fingerprint="",
    )


def test_pins_are_read_with_extras_and_who_requires_them() -> None:
    text = "anyio==4.16.0             # via Fast.API, starlette\nPyJWT[crypto,x]==2.0+local\n\n"
    assert parse_pins(text) == (
        Pin(name="anyio", version="4.16.0", required_by=("fast-api", "starlette")),
        Pin(name="pyjwt", version="2.0+local", extras=("crypto", "x")),
    )


def test_the_files_of_the_question_are_nobody_who_requires() -> None:
    (pin,) = parse_pins("idna==3.0  # via requests, -c constraints.txt, -r -")
    assert pin.required_by == ("requests",)


def test_an_answer_that_is_no_pin_is_not_guessed_at() -> None:
    with pytest.raises(ValueError, match="no pin: idna @ https"):
        parse_pins("idna @ https://files.example/idna.whl")


@pytest.mark.parametrize(
    ("upgrade", "kept"),
    [
        (Upgrade(), ("here==2.0", "wares==1.0")),
        (Upgrade(names=("wares",)), ("here==2.0",)),
        (Upgrade(everything=True), ()),
    ],
)
def test_an_upgrade_frees_what_it_names(upgrade: Upgrade, kept: tuple[str, ...]) -> None:
    assert plan_preferences(LOCK, upgrade) == kept


def test_a_direct_requirement_asks_for_exactly_what_was_pinned() -> None:
    requirement = GitRequirement(
        name="acme-tax",
        url="https://git.example/tax",
        origin="r.txt:1",
        extras=("fast", "x"),
        marker='sys_platform == "linux"',
    )
    source = LockedSource(kind="git", name="acme-tax", version="2.1.dev3+g0a1b")
    assert render_direct(requirement, source) == (
        'acme-tax[fast,x]==2.1.dev3+g0a1b ; sys_platform == "linux"'
    )


def test_origins_are_files_so_that_a_comment_does_not_change_a_lock() -> None:
    assert find_origins(asked("wares")) == {"wares": ("app/requirements.txt",)}


def test_origins_of_names_that_were_found_out_since_are_added() -> None:
    origins = {"wares": ("app/requirements.txt",)}
    nameless = PathRequirement(name=None, path="wares", origin="app/more.txt:3")
    other = PathRequirement(name=None, path="parts", origin="app/more.txt:4")
    assert with_origins(origins, [("wares", nameless), ("parts", other)]) == {
        "wares": ("app/more.txt", "app/requirements.txt"),
        "parts": ("app/more.txt",),
    }


def test_markers_of_direct_requirements_are_judged_for_the_machine() -> None:
    def applies(marker: str | None) -> bool:
        requirement = PathRequirement(name=None, path="wares", origin="r:1", marker=marker)
        return applies_to(MACHINE, requirement)

    assert applies(None)
    assert applies('sys_platform == "linux" and python_version >= "3.13"')
    assert not applies('sys_platform == "win32"')
    assert not applies('python_version < "3.13"')
    assert not applies('extra == "x"')


def test_asking_for_nothing_is_no_error_and_getting_nothing_is() -> None:
    check_nothing_is_asked(asked(), MACHINE)
    with pytest.raises(ResolutionError, match="nothing that is asked for applies to Python 3"):
        check_nothing_is_asked(asked("wares", "parts"), MACHINE)
