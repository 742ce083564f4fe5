"""A uv.lock is walked from the app to what it needs on Azure."""

from __future__ import annotations

from lading.core.requirements import GitRequirement, PathRequirement, UrlRequirement
from tests.core.requirements.foreign.locks import COMMIT, UV, A, B, C, pins, problems, read


def test_uv_walks_from_the_app_to_what_it_needs_on_azure() -> None:
    requirements = read("uv.lock", UV)

    assert pins(requirements) == {
        "acme-one[fast]==1.0": (f"sha256:{A}", f"sha256:{B}"),
        "below==1.5": (f"sha256:{C}",),
        "forked==2.0": (f"sha256:{C}",),
    }
    assert set(requirements.direct) == {
        GitRequirement(
            name="quick",
            url="https://git.example/team/quick",
            origin="app/uv.lock",
            ref=COMMIT,
            subdirectory="lib",
        ),
        PathRequirement(name="member", path="member", origin="app/uv.lock", editable=True),
        UrlRequirement(
            name="by-url",
            url="https://files.example/by_url-1-py3-none-any.whl",
            origin="app/uv.lock",
            hashes=(f"sha256:{A}",),
        ),
        PathRequirement(
            name="by-file",
            path="app/wheels/by_file-1-py3-none-any.whl",
            origin="app/uv.lock",
            hashes=(f"sha256:{B}",),
        ),
    }
    assert requirements.foreign is not None
    assert requirements.foreign.roots == {"acme-one", "forked", "member"}
    # What was overridden is what was chosen; what an override took away stays away.
    assert requirements.foreign.overrides == ("below==1.5", "gone ; os_name == 'x'")


def test_uv_has_extras_groups_and_those_that_exclude_each_other() -> None:
    assert "chosen==2.0" in pins(read("uv.lock", UV, extras=("New", "empty")))
    assert "chosen==1.0" in pins(read("uv.lock", UV, extras=("old",)))
    assert "tests-only==1" in pins(read("uv.lock", UV, groups=("dev",)))
    told = problems("uv.lock", UV, extras=("newer",), groups=("test",))
    assert 'has no extra "newer"; did you mean new?' in told
    assert 'has no group "test"' in told
