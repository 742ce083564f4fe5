"""One app as each tool locks it, and how such a lock is read."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from lading.core.config import CredentialSpec, GitSource, IndexSource, Project
from lading.core.errors import RequirementsError
from lading.core.machine import target_machine
from lading.core.requirements import Requirements
from lading.core.requirements.foreign import Asking
from lading.core.requirements.foreign.files import LockFile, parse_foreign_lock
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
