from __future__ import annotations

import contextlib
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.core.config import CredentialSpec, GitSource, IndexSource, Project
from lading.core.errors import RequirementsError
from lading.core.machine import target_machine
from lading.core.requirements import GitRequirement, PathRequirement, Requirements, UrlRequirement
from lading.core.requirements.foreign import Asking
from lading.core.requirements.foreign.files import LockFile, is_foreign_lock, parse_foreign_lock
from lading.core.runtimes import runtime_for

NONE = CredentialSpec(kind="none")
HOME = "https://index.example/simple/"
OPEN = "https://open.example/simple"
PROJECT = Project(
    root=Path("/project"),
    apps=(),
    sources=(
        IndexSource(
            name="acme",
            url=HOME,
            packages=("acme-*",),
            credential=NONE,
            scope="https://index.example/",
        ),
        GitSource(name="team", url="https://git.example/team/", credential=NONE),
    ),
)
A, B, C = (letter * 64 for letter in "abc")
COMMIT = "1" * 40


def asking(path: str, **others: object) -> Asking:
    made = Asking(
        project=PROJECT,
        path=path,
        machine=target_machine(runtime_for("3.12")),
        member="app",
        app_folder="app",
        default_index=OPEN,
    )
    return replace(made, **others)  # type: ignore[arg-type]


def read(name: str, text: str, **others: object) -> Requirements:
    path = f"app/{name}"
    file = LockFile(path=path, table=tomllib.loads(text))
    return parse_foreign_lock(file, asking(path, **others), named=True)


def problems(name: str, text: str, **others: object) -> str:
    with pytest.raises(RequirementsError) as caught:
        read(name, text, **others)
    assert caught.value.exit_code == 2
    assert all(problem.startswith(f"app/{name}") for problem in caught.value.problems)
    return "\n".join(caught.value.problems)


def pins(requirements: Requirements) -> dict[str, tuple[str, ...]]:
    return {item.text: item.hashes for item in requirements.named}


UV = f"""
version = 1
revision = 3
requires-python = ">=3.11"

[manifest]
overrides = [{{ name = "below", specifier = "<2" }}, {{ name = "gone", marker = "os_name == 'x'" }}]

[[package]]
name = "orders"
version = "1"
source = {{ virtual = "." }}
dependencies = [
    {{ name = "acme-one", extra = ["fast"] }},
    {{ name = "windows", marker = "sys_platform == 'win32'" }},
    {{ name = "forked", version = "1.0", marker = "python_full_version < '3.12'" }},
    {{ name = "forked", version = "2.0", marker = "python_full_version >= '3.12'" }},
    {{ name = "member" }},
]

[package.optional-dependencies]
new = [{{ name = "chosen", version = "2.0", marker = "extra == 'extra-6-orders-new'" }}]
old = [{{ name = "chosen", version = "1.0" }}]

[package.dev-dependencies]
dev = [{{ name = "tests-only" }}]

[package.metadata]
requires-dist = [{{ name = "acme-one", extras = ["fast"], specifier = ">=1" }},
  {{ name = "member", editable = "../member" }}]
provides-extras = ["new", "old", "empty"]

[[package]]
name = "acme-one"
version = "1.0"
source = {{ registry = "{HOME}" }}
dependencies = [{{ name = "below" }}]
sdist = {{ url = "{HOME}one.tar.gz", hash = "sha256:{A}" }}
wheels = [{{ url = "{HOME}one.whl", hash = "sha256:{B}", size = 3 }}]

[package.optional-dependencies]
fast = [{{ name = "quick" }}]

[[package]]
name = "below"
version = "1.5"
source = {{ registry = "{OPEN}" }}
wheels = [{{ url = "{OPEN}/b.whl", hash = "sha256:{C}" }}]

[[package]]
name = "quick"
version = "3"
source = {{ git = "https://git.example/team/quick?subdirectory=lib&rev=main#{COMMIT}" }}

[[package]]
name = "forked"
version = "1.0"
source = {{ registry = "{OPEN}" }}
resolution-markers = ["python_full_version < '3.12'"]

[[package]]
name = "forked"
version = "2.0"
source = {{ registry = "{OPEN}" }}
resolution-markers = ["python_full_version >= '3.12'"]
wheels = [{{ url = "{OPEN}/f.whl", hash = "sha256:{C}" }}]

[[package]]
name = "chosen"
version = "1.0"
source = {{ registry = "{OPEN}" }}
wheels = [{{ url = "{OPEN}/c.whl", hash = "sha256:{A}" }}]

[[package]]
name = "chosen"
version = "2.0"
source = {{ registry = "{OPEN}" }}
wheels = [{{ url = "{OPEN}/c.whl", hash = "sha256:{B}" }}]

[[package]]
name = "member"
source = {{ editable = "../member" }}
dependencies = [{{ name = "by-url" }}, {{ name = "by-file" }}]

[[package]]
name = "by-url"
version = "1"
source = {{ url = "https://files.example/by_url-1-py3-none-any.whl" }}
wheels = [{{ url = "https://files.example/by_url-1-py3-none-any.whl", hash = "sha256:{A}" }}]

[[package]]
name = "by-file"
version = "1"
source = {{ path = "wheels/by_file-1-py3-none-any.whl" }}
wheels = [{{ filename = "by_file-1-py3-none-any.whl", hash = "sha256:{B}" }}]

[[package]]
name = "windows"
version = "1"
source = {{ registry = "https://undeclared.example/simple" }}

[[package]]
name = "tests-only"
version = "1"
source = {{ registry = "{OPEN}" }}
wheels = [{{ url = "{OPEN}/t.whl", hash = "sha256:{A}" }}]
"""
POETRY = f"""
extras = {{ az = ["extra-only"] }}

[[package]]
name = "Acme_One"
version = "1.0"
groups = ["main"]
files = [{{ file = "one.whl", hash = "sha256:{A}" }}, {{ file = "one.tar.gz", hash = "md5:1" }}]

[package.dependencies]
below = ">=1,<2"

[package.source]
type = "legacy"
url = "{HOME}"
reference = "acme"

[[package]]
name = "below"
version = "1.5"
groups = ["main", "dev"]
markers = {{ main = "sys_platform == 'linux'", dev = "sys_platform == 'win32'" }}
files = [{{ file = "b.whl", hash = "sha256:{C}" }}]

[[package]]
name = "windows"
version = "1"
groups = ["main"]
markers = "sys_platform == 'win32'"
files = []

[[package]]
name = "extra-only"
version = "1"
groups = ["main"]
markers = "extra == 'az'"
files = [{{ file = "e.whl", hash = "sha256:{B}" }}]

[[package]]
name = "tests-only"
version = "1"
groups = ["dev"]
files = [{{ file = "t.whl", hash = "sha256:{B}" }}]

[[package]]
name = "shared"
version = "1"
groups = ["main"]
develop = true
files = []

[package.source]
type = "directory"
url = "../shared"

[[package]]
name = "by-git"
version = "1"
groups = ["main"]
files = []

[package.source]
type = "git"
url = "https://git.example/team/x.git"
reference = "main"
resolved_reference = "{COMMIT}"
subdirectory = "lib"

[metadata]
lock-version = "2.1"
python-versions = "^3.11"
content-hash = "0"
"""
PYLOCK = f"""
lock-version = "1.0"
created-by = "uv"
requires-python = ">=3.11"
extras = ["az"]
dependency-groups = ["dev", "run"]
default-groups = ["run"]

[[packages]]
name = "acme-one"
version = "1.0"
index = "{HOME}"
dependencies = [{{ name = "below" }}]
wheels = [{{ url = "{HOME}acme_one-1.0-py3-none-any.whl", hashes = {{ sha256 = "{A}" }} }}]
sdist = {{ url = "{HOME}acme_one-1.0.tar.gz", hashes = {{ sha256 = "{B}" }} }}

[[packages]]
name = "below"
version = "1.5"
wheels = [{{ url = "{OPEN}/below-1.5-py3-none-any.whl", hashes = {{ sha256 = "{C}" }} }}]

[[packages]]
name = "windows"
version = "1"
marker = "sys_platform == 'win32'"
sdist = {{ url = "{OPEN}/windows-1.tar.gz", hashes = {{ sha256 = "{C}" }} }}

[[packages]]
name = "extra-only"
version = "1"
marker = "'az' in extras"
sdist = {{ url = "{OPEN}/extra_only-1.tar.gz", hashes = {{ sha256 = "{C}" }} }}

[[packages]]
name = "default-only"
version = "1"
marker = "'run' in dependency_groups"
sdist = {{ url = "{OPEN}/default_only-1.tar.gz", hashes = {{ sha256 = "{C}" }} }}

[[packages]]
name = "orders"
directory = {{ path = ".", editable = true }}

[[packages]]
name = "shared"
directory = {{ path = "../shared" }}

[[packages]]
name = "by-git"
vcs = {{ type = "git", url = "https://git.example/team/x.git", commit-id = "{COMMIT}" }}

[[packages]]
name = "by-url"
archive = {{ url = "https://files.example/by_url-1.tar.gz", hashes = {{ sha256 = "{A}" }} }}
"""
LOCKS = {"uv.lock": UV, "poetry.lock": POETRY, "pylock.toml": PYLOCK}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("uv.lock", True),
        ("app/poetry.lock", True),
        ("pylock.toml", True),
        ("a/pylock.prod.toml", True),
        ("requirements.lock", False),
        ("pyproject.toml", False),
        ("Pipfile.lock", False),
        ("my-uv.lock", False),
    ],
)
def test_a_lock_is_known_by_its_name(name: str, *, expected: bool) -> None:
    assert is_foreign_lock(name) is expected


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


def test_poetry_tells_groups_and_markers() -> None:
    requirements = read("poetry.lock", POETRY)

    assert pins(requirements) == {
        "acme-one==1.0": (f"sha256:{A}",),
        "below==1.5": (f"sha256:{C}",),
    }
    assert set(requirements.direct) == {
        PathRequirement(name="shared", path="shared", origin="app/poetry.lock", editable=True),
        GitRequirement(
            name="by-git",
            url="https://git.example/team/x.git",
            origin="app/poetry.lock",
            ref=COMMIT,
            subdirectory="lib",
        ),
    }
    assert "extra-only==1" in pins(read("poetry.lock", POETRY, extras=("AZ",)))
    assert "tests-only==1" in pins(read("poetry.lock", POETRY, groups=("dev",)))
    assert 'has no group "deb"; did you mean dev?' in problems(
        "poetry.lock", POETRY, groups=("deb",)
    )


def older(version: str) -> str:
    """Return the lock as a Poetry before 2 wrote it, which told no groups."""
    lines = [line for line in POETRY.splitlines() if not line.startswith(("groups", "markers"))]
    return "\n".join(lines).replace('lock-version = "2.1"', f'lock-version = "{version}"')


@pytest.mark.parametrize("version", ["1.1", "2.0"])
def test_an_older_poetry_lock_is_walked_from_its_pyproject(version: str) -> None:
    pyproject = tomllib.loads("""
[tool.poetry.dependencies]
python = "^3.11"
acme-one = "^1.0"
windows = { version = "*", platform = "win32" }
older = { version = "*", python = "<3.12" }
extra-only = { version = "*", optional = true }
shared = { path = "../shared", develop = true }
[tool.poetry.extras]
az = ["extra-only"]
[tool.poetry.group.dev.dependencies]
tests-only = "*"
""")
    text = older(version)
    assert set(pins(read("poetry.lock", text, pyproject=pyproject))) == {
        "acme-one==1.0",
        "below==1.5",
    }
    more = read("poetry.lock", text, pyproject=pyproject, extras=("az",), groups=("dev",))
    assert {"extra-only==1", "tests-only==1"} < set(pins(more))
    assert "there is no pyproject.toml beside it" in problems("poetry.lock", text)


def test_the_oldest_poetry_lock_keeps_its_hashes_together() -> None:
    text = f"""
[[package]]
name = "below"
version = "1.5"
category = "main"
[metadata]
lock-version = "1.1"
[metadata.files]
below = [{{ file = "b.whl", hash = "sha256:{A}" }}]
"""
    pyproject = {"tool": {"poetry": {"dependencies": {"below": "*"}}}}
    assert pins(read("poetry.lock", text, pyproject=pyproject)) == {"below==1.5": (f"sha256:{A}",)}


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


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("uv.lock", "version = 1\n", "version = 2\n", "is of version 2, and this lading reads"),
        ("uv.lock", '">=3.11"', '">=3.13"', "is for Python >=3.13, and the app runs 3.12"),
        ("uv.lock", 'virtual = "."', 'virtual = "../b"', "in the folder app; name the pyproject"),
        ("uv.lock", 'name = "below"\nversion', 'name = "up"\nversion', "below is not in it"),
        ("uv.lock", HOME, "https://open.example/simple/", "not the home of that name: it is"),
        ("uv.lock", 'marker = "sys', 'marker = "sus', "is not a marker that packaging tools know"),
        ("uv.lock", "editable", "sideways", "package[8].source: must have one of registry, git"),
        ("uv.lock", OPEN, "https://elsewhere.example/x", "which is not a declared source; write"),
        ("uv.lock", OPEN, "https://u:hunter2secret9@open.example/x", "a credential is written"),
        ("uv.lock", OPEN, "../wheels", "is from the folder ../wheels; require the file itself"),
        ("poetry.lock", '"2.1"', '"3.0"', "is of version 3.0, and this lading reads 1.0 to 2.x"),
        ("poetry.lock", '"2.1"', '"new"', "is of version new"),
        ("poetry.lock", "[metadata]", "[meta]", "has no [metadata] with a lock-version"),
        ("poetry.lock", "^3.11", "^3.13,<4", "the lock is for Python ^3.13,<4"),
        ("poetry.lock", HOME, "https://other.example/simple", "not the home of that name"),
        ("poetry.lock", '"directory"', '"cvs"', "source.type: must be legacy, git, directory"),
        ("pylock.toml", '"1.0"\ncreated', '"2.0"\ncreated', "this lading reads version 1.0"),
        ("pylock.toml", 'created-by = "uv"', "", "is not as PEP 751 says: Missing required"),
        ("pylock.toml", '">=3.11"', '">=3.13"', "does not serve Python 3.12 on Azure"),
        ("pylock.toml", "_one-1.0-py3-none-any", "_one-1.0-py3-none-win32", ""),
        ("pylock.toml", "below-1.5-py3-none-any", "below-1.5-py3-none-win32", "No wheel found"),
        ("pylock.toml", f'sha256 = "{C}"', 'sha512 = "1"', "has no SHA-256 for below"),
        ("pylock.toml", HOME, "https://other.example/simple/", "not the home of that name"),
    ],
)
def test_what_cannot_be_taken_is_told_with_the_file(
    name: str, old: str, new: str, told: str
) -> None:
    text = LOCKS[name]
    assert old in text
    changed = text.replace(old, new)
    if told:
        said = problems(name, changed)
        assert told in said
        assert "hunter2" not in said
    else:
        # The source archive is left.
        assert "acme-one==1.0" in pins(read(name, changed))


def test_a_recorded_index_without_a_declaration_is_used_for_nothing() -> None:
    # A feed that passes public packages on: they come from where all others come from.
    entry = 'name = "below"\n'
    text = PYLOCK.replace(entry, f'{entry}index = "{HOME}"\n', 1)
    (note,) = read("pylock.toml", text).notes[1:]
    assert "below was locked from source acme, which does not declare that name" in note
    told = read("poetry.lock", POETRY.replace(HOME, HOME.replace("//", "//someone@")))
    assert any("the user information" in note for note in told.notes)


def test_the_fingerprint_follows_what_is_chosen_for_the_target() -> None:
    first = read("uv.lock", UV).fingerprint
    assert read("uv.lock", f"# written anew\n{UV}").fingerprint == first
    elsewhere = UV.replace('name = "windows"\nversion = "1"', 'name = "windows"\nversion = "2"')
    assert read("uv.lock", elsewhere).fingerprint == first
    assert read("uv.lock", UV.replace(C, "d" * 64)).fingerprint != first
    assert read("uv.lock", UV.replace('"1.5"', '"1.6"')).fingerprint != first
    assert read("uv.lock", UV.replace(COMMIT, "2" * 40)).fingerprint != first


@pytest.mark.parametrize(
    ("dependencies", "told"),
    [
        ('["acme-one[fast]>=1", "member"]', None),
        ('["acme-one[fast]>=1", "member>=2"]', None),
        ('["acme-one>=2", "member"]', "acme-one is asked for in another range"),
        ('["acme-one>=1", "member", "new"]', "new is asked for since"),
        ('["acme-one>=1"]', "member is no longer asked for"),
    ],
)
def test_a_pyproject_that_moved_on_is_told(dependencies: str, told: str | None) -> None:
    pyproject = tomllib.loads(f"[project]\ndependencies = {dependencies}\n")
    warnings = read("uv.lock", UV, pyproject=pyproject).warnings
    if told is None:
        assert warnings == ()
    else:
        (warning,) = warnings
        assert warning == (
            f"app/uv.lock is older than app/pyproject.toml: {told}; it is built as it is. "
            "Run: uv lock"
        )


def test_a_pylock_that_does_not_answer_its_pyproject_is_told() -> None:
    pyproject = tomllib.loads(
        "[project]\ndependencies = ['below>=2', 'new', 'w ; os_name == \"nt\"', 'shared>=9']\n"
    )
    warnings = read("pylock.toml", PYLOCK, pyproject=pyproject).warnings
    assert [warning.partition(": ")[2].partition(";")[0] for warning in warnings] == [
        "below>=2 is asked for, and it has 1.5",
        "new is asked for and not in it",
    ]


def both(*, named: bool) -> Requirements:
    file, other = (
        LockFile(path=f"app/{name}", table=tomllib.loads(LOCKS[name]))
        for name in ("pylock.toml", "poetry.lock")
    )
    return parse_foreign_lock(file, asking(file.path), beside=(other,), named=named)


def test_two_locks_that_disagree_are_shown_beside_each_other() -> None:
    (warning,) = both(named=True).warnings
    assert "app/poetry.lock chooses differently and is not used:" in warning
    assert "by-url" in warning
    with pytest.raises(RequirementsError, match="choose differently") as caught:
        both(named=False)
    assert "default-only 1 is in app/pylock.toml and not in app/poetry.lock" in str(caught.value)
    assert 'requirements = "app/pylock.toml"' in caught.value.remedy


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@st.composite
def broken(draw: st.DrawFn) -> tuple[str, dict[str, object]]:
    """Return a lock in which something is replaced by anything, or is not there."""
    name = draw(st.sampled_from(sorted(LOCKS)))
    document: dict[str, object] = tomllib.loads(LOCKS[name])
    place: object = document
    while True:
        if not isinstance(place, (dict, list)) or not place:
            return name, document
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw(st.sampled_from(keys))
        inner = place[key]
        if isinstance(inner, (dict, list)) and inner and draw(st.integers(0, 4)):
            place = inner
            continue
        if draw(st.booleans()):
            place[key] = draw(anything)
        else:
            del place[key]
        return name, document


def read_or_refuse(name: str, table: Mapping[str, object]) -> None:
    pyproject = {"project": {"dependencies": ["below"]}, "tool": {"poetry": {}}}
    path = f"app/{name}"
    with contextlib.suppress(RequirementsError):
        read_all = parse_foreign_lock(
            LockFile(path=path, table=table),
            asking(path, pyproject=pyproject, extras=("az",), groups=("dev",)),
            beside=(LockFile(path="app/poetry.lock", table=table),),
            named=True,
        )
        assert read_all.fingerprint


@given(broken())
def test_a_broken_lock_is_read_or_refused(lock: tuple[str, dict[str, object]]) -> None:
    read_or_refuse(*lock)


@given(st.sampled_from(sorted(LOCKS)), st.dictionaries(st.text(max_size=9), anything))
def test_whatever_a_lock_holds_it_is_read_or_refused(name: str, table: dict[str, object]) -> None:
    read_or_refuse(name, table)
