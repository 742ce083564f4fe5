"""A pylock.toml has markers, extras and groups."""

from __future__ import annotations

from tests.core.requirements.foreign.locks import PYLOCK, A, B, C, pins, read


def test_pep_751_has_markers_extras_and_groups() -> None:
    requirements = read("pylock.toml", PYLOCK)

    assert pins(requirements) == {
        "acme-one==1.0": (f"sha256:{A}", f"sha256:{B}"),
        "below==1.5": (f"sha256:{C}",),
        "default-only==1": (f"sha256:{C}",),
    }
    assert {item.name for item in requirements.direct} == {"shared", "by-git", "by-url"}
    assert requirements.foreign is not None
    assert "below" not in requirements.foreign.roots
    assert any("orders is the app itself" in note for note in requirements.notes)
    assert "extra-only==1" in pins(read("pylock.toml", PYLOCK, extras=("az",)))
