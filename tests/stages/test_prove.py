"""Bundle → Findings: what must not leave, searched where someone could have put it."""

from __future__ import annotations

import base64
import datetime as dt
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from lading.core.bundle import Bundle
from lading.core.bundle.appfiles import AppFile
from lading.core.config import App
from lading.core.runtimes import runtime_for
from lading.core.secret import Secret
from lading.edges.store import Store
from lading.edges.terminal import Silence
from lading.stages.assemble import assemble_bundle
from lading.stages.make_layers import make_layers
from lading.stages.prove import Suspicion, prove
from tests.wheels import WheelPlan, wheel_at, write_planned

TOKEN = "s3cr3t/+token=="
TODAY = dt.date(2026, 11, 21)
APP = App(
    name="orders",
    folder="app",
    requirements="app/requirements.txt",
    python="3.13",
    lock="app/requirements.lock",
    bytecode="off",
)


def bundle_of(folder: Path, store: Store, *, app: bytes = b"", wheel: bytes = b"") -> Bundle:
    """Return a bundle of one app file and one distribution, `acme-tax`, with these contents."""
    path = folder / "function_app.py"
    path.write_bytes(app)
    write_planned(folder, WheelPlan(name="acme-tax", files={"acme_tax.py": wheel}))
    (built,) = [wheel_at(one) for one in folder.glob("*.whl")]
    layers = make_layers(
        [built], store=store, compiler=None, runtime=runtime_for("3.13"), progress=Silence()
    )
    file = AppFile(name="function_app.py", path=path, executable=False)
    return assemble_bundle([file], layers, store=store, compiler=None)


def codes(
    bundle: Bundle, store: Store, *, made_here: frozenset[str], secret: str = TOKEN
) -> list[str]:
    suspicion = Suspicion(secrets=(Secret(secret),), made_here=made_here)
    found = prove(bundle, APP, suspicion=suspicion, today=TODAY, store=store)
    return [f"{finding.code} {finding.subject}" for finding in found]


@pytest.mark.parametrize(
    "form",
    [TOKEN, quote(TOKEN, safe=""), base64.b64encode(f"reader:{TOKEN}".encode()).decode()],
    ids=["raw", "URL-encoded", "base64 with a user"],
)
def test_a_token_in_the_app_is_found_in_every_form(tmp_path: Path, form: str) -> None:
    store = Store(tmp_path / "store")
    bundle = bundle_of(tmp_path, store, app=b"x" * 300_000 + form.encode())
    assert codes(bundle, store, made_here=frozenset()) == [
        "credential-of-this-build the app's own files"
    ]


def test_a_token_that_a_build_put_into_its_wheel_is_found(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    bundle = bundle_of(tmp_path, store, wheel=f"FOUND = {TOKEN!r}\n".encode())
    assert codes(bundle, store, made_here=frozenset({"acme-tax"})) == [
        "credential-of-this-build acme-tax"
    ]


def test_a_token_across_two_blocks_is_found(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    for start in range((1 << 18) - len(TOKEN), (1 << 18) + 1, 5):
        bundle = bundle_of(tmp_path, store, app=b"x" * start + TOKEN.encode() + b"y" * 64)
        assert codes(bundle, store, made_here=frozenset()), start


def test_a_package_without_the_token_has_no_finding(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    bundle = bundle_of(tmp_path, store, app=b"x = 1\n", wheel=b"y = 2\n")
    assert codes(bundle, store, made_here=frozenset({"acme-tax"})) == []


@pytest.mark.parametrize("folder", ["app", "."])
def test_requirements_without_packages_are_found_wherever_the_app_lies(
    tmp_path: Path, folder: str
) -> None:
    store = Store(tmp_path / "store")
    files = {"host.json": "{}", "requirements.txt": "idna\n"}
    bundle = assemble_bundle(
        [write_app_file(tmp_path, name, text) for name, text in files.items()],
        (),
        store=store,
        compiler=None,
    )
    app = replace(APP, folder=folder, requirements=f"{folder}/requirements.txt".removeprefix("./"))
    nothing = Suspicion(secrets=(), made_here=frozenset())
    (finding,) = prove(bundle, app, suspicion=nothing, today=TODAY, store=store)
    assert finding.code == "nothing-vendored"


def write_app_file(folder: Path, name: str, text: str) -> AppFile:
    path = folder / name
    path.write_text(text)
    return AppFile(name=name, path=path, executable=False)


def test_missing_bytecode_is_a_warning_unless_it_is_off(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    bundle = bundle_of(tmp_path, store)
    nothing = Suspicion(secrets=(), made_here=frozenset())
    wanting = replace(APP, bytecode="auto")
    found = prove(bundle, wanting, suspicion=nothing, today=TODAY, store=store)
    assert [finding.code for finding in found] == ["no-bytecode"]
