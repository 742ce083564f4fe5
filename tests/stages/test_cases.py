"""What people suffered, case by case: which finding answers it, and that no other one comes along.

The numbers are those of the list of cases that was collected from public threads. A case that only
an import shows has the code of the import's finding.
"""

from __future__ import annotations

import base64
import datetime as dt
import platform
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import pytest

from lading.core.bundle.appfiles import AppFile
from lading.core.config import App
from lading.core.findings import CODES, Finding
from lading.core.layer import SITE_PACKAGES
from lading.edges.store import Store
from lading.edges.terminal import Silence
from lading.stages.assemble import assemble_bundle
from lading.stages.make_layers import make_layers
from lading.stages.prove import Suspicion, prove
from tests.support import leave_out
from tests.wheels import WheelPlan, write_planned

# Shown by the import alone, or refused before there is a package.
ELSEWHERE = {
    2: "import-error",
    14: "refused by lock: a path that is not there",
    25: "refused by lock: no wheel for the target, with the reason",
    30: "refused by lock: a private name has one home",
    36: "import-error",
    37: "import-error",
    56: "import-error",
}
WANTED = {
    *range(1, 4),
    *(10, 11, 14, 15, 18, *range(20, 27), 30, 34, 36, 37, 42, 43, 44, 48, 52, 56, 58),
}
HOST = {"host.json": b'{"version": "2.0"}'}
HEALTHY = HOST | {
    "function_app.py": b"import azure.functions as func\n\napp = func.FunctionApp()\n",
    "requirements.txt": b"azure-functions\nrequests\n",
    "tests/__init__.py": b"",
    "tests/test_app.py": b"from tests import data\n",
}
SDK = WheelPlan(name="azure-functions", version="2.3.0", files={"azure/functions/__init__.py": b""})
DER = base64.encodebytes(random.Random(1).randbytes(1200))  # noqa: S311
PEM = b"-----BEGIN PRIVATE KEY-----\n" + DER + b"-----END PRIVATE KEY-----\n"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A package and the codes that it must get.

    `vendored` is what another tool left in site-packages. `natives` are real modules there, with a
    name in them replaced by another one that is as long.
    """

    number: int
    codes: Sequence[str]
    app: Mapping[str, bytes] = field(default_factory=lambda: HEALTHY)
    vendored: Mapping[str, bytes] = field(default_factory=dict)
    natives: Mapping[str, tuple[str, str] | None] = field(default_factory=dict)
    wheels: Sequence[WheelPlan] = (SDK,)
    python: str = "3.13"
    budget: int | None = None


def read_native(change: tuple[str, str] | None) -> bytes:
    spec = find_spec("cryptography.hazmat.bindings._rust")
    assert spec is not None
    assert spec.origin is not None
    data = Path(spec.origin).read_bytes()
    if sys.platform != "linux" or platform.machine() != "x86_64":
        leave_out("needs a native module for Linux on x86-64 among this Python's own packages")
    old, new = (f"{name}\0".encode() for name in change or ("", ""))
    assert len(old) == len(new)
    assert old in data
    return data.replace(old, new) if change else data


def installed(name: str, version: str) -> dict[str, bytes]:
    return {f"{SITE_PACKAGES}{name}-{version}.dist-info/METADATA": b"x"}


def cases() -> list[Case]:
    site = SITE_PACKAGES
    error, warning = "error", "warning"
    return [
        Case(number=1, codes=[f"{error} nothing-vendored"], wheels=()),
        Case(
            number=1,
            codes=[f"{error} nothing-vendored"],
            app=HEALTHY | {"worker_venv/lib/python3.13/site-packages/requests/__init__.py": b""},
            wheels=(),
        ),
        Case(
            number=3,
            codes=[f"{error} glibc-too-new"],
            natives={"bcrypt/_bcrypt.abi3.so": ("GLIBC_2.28", "GLIBC_2.39")},
        ),
        Case(
            number=10,
            codes=[f"{error} worker-shadowed"],
            wheels=(SDK, WheelPlan(name="protobuf", files={"google/protobuf/__init__.py": b""})),
            python="3.12",
        ),
        Case(
            number=10,
            codes=[f"{warning} worker-shadowed"],
            wheels=(SDK, WheelPlan(name="grpcio", files={"grpc/__init__.py": b""})),
        ),
        Case(number=11, codes=[f"{warning} over-budget"], budget=100),
        Case(
            number=15,
            codes=[f"{error} editable-install"],
            vendored={f"{site}__editable__.shared-1.0.pth": b"/build/shared\n"},
        ),
        Case(
            number=18,
            codes=[f"{error} wrong-abi"],
            natives={"numpy/core/_umath.cpython-311-x86_64-linux-gnu.so": None},
        ),
        Case(
            number=20,
            codes=[f"{error} collision"],
            wheels=(
                SDK,
                WheelPlan(name="one", files={"shared/__init__.py": b"a = 1\n"}),
                WheelPlan(name="two", files={"shared/__init__.py": b"b = 2\n"}),
            ),
        ),
        Case(
            number=20,
            codes=[f"{error} incomplete-distribution"],
            vendored={
                f"{site}azure_storage_blob-12.1.dist-info/RECORD": b"azure/storage/__init__.py,,\n"
                b"azure/storage/blob.py,sha256=x,1\n../../bin/tool.py,,\n",
            },
        ),
        Case(
            number=21,
            codes=[f"{error} duplicate-distribution"],
            vendored=installed("six", "1.16.0") | installed("six", "1.17.0"),
        ),
        Case(
            number=22,
            codes=[f"{error} missing-library"],
            natives={"psycopg2/_psycopg.abi3.so": ("libgcc_s.so.1", "libpqxxx.so.5")},
        ),
        Case(
            number=23,
            codes=[f"{error} nothing-vendored"],
            app=HOST | {"requirements.txt": b"requests==2.32.3 --hash=sha256:00\n"},
            wheels=(),
        ),
        Case(
            number=24,
            codes=[f"{warning} venv-in-package"],
            app=HEALTHY | {".env/pyvenv.cfg": b"home = /usr/bin\n"},
        ),
        Case(
            number=26,
            codes=[f"{error} wrong-platform"],
            vendored={f"{site}PIL/_imaging.cp313-win_amd64.pyd": b"MZ\x90\0\3\0\0\0"},
        ),
        Case(
            number=26,
            codes=[f"{error} wrong-platform"],
            vendored={f"{site}PIL/_imaging.cpython-313-darwin.so": b"\xcf\xfa\xed\xfe\0\0\0\0"},
        ),
        Case(
            number=34,
            codes=[f"{error} worker-shadowed"],
            wheels=(SDK, WheelPlan(name="azure-functions-worker", files={"w/__init__.py": b""})),
            python="3.11",
        ),
        Case(
            number=42,
            codes=[f"{error} nested-package"],
            app={f"orders/{name}": content for name, content in HEALTHY.items()},
        ),
        Case(
            number=43,
            codes=[f"{error} nothing-vendored"],
            app=HOST | {"requirements.txt": "requests\r\n".encode("utf-16")},
            wheels=(),
        ),
        Case(
            number=44,
            codes=[f"{error} nothing-vendored"],
            app=HOST | {"requirements.txt": b'requests ; python_version >= "3.13"\n'},
            wheels=(),
        ),
        Case(
            number=48,
            codes=[f"{error} duplicate-distribution"],
            vendored=installed("aiobotocore", "2.2.0") | installed("aiobotocore", "2.5.0"),
        ),
        Case(
            number=52,
            codes=[f"{error} module-hidden"],
            app=HEALTHY | {"numpy/__init__.py": b"", "numpy/function.json": b"{}"},
            wheels=(SDK, WheelPlan(name="numpy", files={"numpy/__init__.py": b""})),
        ),
        Case(
            number=52,
            codes=[f"{error} stdlib-shadowed"],
            app=HEALTHY | {"calendar.py": b"x = 1\n"},
            python="3.12",
        ),
        Case(
            number=52,
            codes=[f"{error} module-hidden"],
            app=HEALTHY
            | {"tests/data.py": b"", "function_app.py": b"from tests.data import ROWS\n"},
        ),
        Case(number=58, codes=[f"{error} private-key"], app=HEALTHY | {"server.pem": PEM}),
        Case(
            number=58,
            codes=[f"{error} credential-in-app-file"] * 2,
            app=HEALTHY | {".git/config": b"[core]\n", "local.settings.json": b"{}"},
        ),
    ]


def findings(case: Case, folder: Path) -> tuple[Finding, ...]:
    app = App(
        name="orders",
        folder="app",
        requirements="app/requirements.txt",
        python=case.python,
        lock="app/requirements.lock",
        bytecode="off",
        size_budget=case.budget,
    )
    files = []
    natives = {SITE_PACKAGES + name: read_native(change) for name, change in case.natives.items()}
    for name, content in {**case.app, **case.vendored, **natives}.items():
        path = folder / "app" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        files.append(AppFile(name=name, path=path, executable=False))
    store = Store(folder / "store")
    layers = make_layers(
        [write_planned(folder, plan) for plan in case.wheels],
        store=store,
        compiler=None,
        runtime=app.runtime,
        progress=Silence(),
    )
    bundle = assemble_bundle(files, layers, store=store, compiler=None)
    nothing = Suspicion(secrets=(), made_here=frozenset())
    return prove(bundle, app, suspicion=nothing, today=dt.date(2026, 1, 1), store=store)


def test_what_the_worker_has_need_not_be_in_the_package(tmp_path: Path) -> None:
    asks = HEALTHY | {"requirements.txt": b"Azure_Functions>=1\n"}
    assert not findings(Case(number=0, codes=[], app=asks, wheels=()), tmp_path)


CASES = cases()


@pytest.mark.parametrize("case", CASES, ids=[f"{one.number}-{one.codes[0]}" for one in CASES])
def test_a_case_gets_its_finding_and_no_other(case: Case, tmp_path: Path) -> None:
    found = findings(case, tmp_path)
    assert [f"{one.severity} {one.code}" for one in found] == case.codes
    assert all(one.evidence and one.remedy for one in found)
    assert {one.code for one in found} <= CODES


@pytest.mark.parametrize("python", ["3.10", "3.11", "3.12", "3.13", "3.14"])
def test_a_healthy_app_gets_none(python: str, tmp_path: Path) -> None:
    assert findings(Case(number=0, codes=(), python=python), tmp_path) == ()


def test_a_slimmed_distribution_is_no_finding(tmp_path: Path) -> None:
    there = {f"{SITE_PACKAGES}demo/{name}.py": b"" for name in ("__init__", "a", "b")}
    record = "".join(f"demo/{name}.py,,\n" for name in ("__init__", "a", "b", "tests/c"))
    there[f"{SITE_PACKAGES}demo-1.0.dist-info/RECORD"] = record.encode()
    assert findings(Case(number=0, codes=(), vendored=there), tmp_path) == ()


def test_every_case_that_a_package_can_show_has_its_row() -> None:
    assert {case.number for case in CASES} | ELSEWHERE.keys() == WANTED
