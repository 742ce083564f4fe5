"""Which files go into the package, and who disagrees about them."""

from __future__ import annotations

import hashlib
import json

from lading.core.bundle import Collision, assemble_layers, render_label
from lading.core.layer import SITE_PACKAGES, Layer, Member


def member(name: str, content: str = "", *, mode: int = 0o644) -> Member:
    return Member(
        name=name,
        mode=mode,
        size=len(content),
        sha256=hashlib.sha256(content.encode()).hexdigest(),
        crc=0,
        method=0,
        compressed_size=len(content),
        offset=0,
    )


def layer(name: str, *members: Member, prefix: str = SITE_PACKAGES) -> Layer:
    return Layer(
        key=name,
        name=name,
        version="1",
        wheel_sha256="",
        blob_sha256=name,
        members=members,
        prefix=prefix,
    )


def app(*members: Member) -> Layer:
    return layer("", *members, prefix="")


def test_entries_are_sorted_under_their_names_in_the_package() -> None:
    bundle = assemble_layers((layer("b", member("b.py")), app(member("host.json")), layer("a")))
    assert [entry.name for entry in bundle.entries] == [
        ".python_packages/lib/site-packages/b.py",
        "host.json",
    ]
    assert bundle.collisions == ()


def test_the_order_of_layers_does_not_matter() -> None:
    one, two = layer("a", member("x.py", "1")), layer("b", member("x.py", "2"))
    assert assemble_layers((one, two)) == assemble_layers((two, one))


def test_equal_files_of_two_distributions_are_merged() -> None:
    bundle = assemble_layers((layer("a", member("n/x.py", "1")), layer("b", member("n/x.py", "1"))))
    assert [(entry.layer.name, entry.member.name) for entry in bundle.entries] == [("a", "n/x.py")]
    assert bundle.collisions == ()


def test_different_files_under_one_name_are_listed_with_their_owners() -> None:
    layers = [layer(name, member("n/x.py", name)) for name in ("c", "a", "b")]
    bundle = assemble_layers(layers)
    assert bundle.collisions == (Collision(name=f"{SITE_PACKAGES}n/x.py", owners=("a", "b", "c")),)
    assert bundle.collisions[0].importable
    assert [entry.layer.name for entry in bundle.entries] == ["a"]


def test_a_file_where_another_has_a_folder_is_listed() -> None:
    bundle = assemble_layers((layer("a", member("n/x/y.py")), layer("b", member("n/x"))))
    assert bundle.collisions == (
        Collision(name=f"{SITE_PACKAGES}n/x", owners=("b", "a"), folder=True),
    )


def test_the_label_is_ladings_own() -> None:
    bundle = assemble_layers((app(member("lading.json", "{}"), member("host.json")),))
    assert [entry.name for entry in bundle.entries] == ["host.json"]
    assert bundle.collisions == (
        Collision(name="lading.json", owners=("lading", "the app's own files")),
    )


def test_names_that_differ_in_case_only_are_listed() -> None:
    bundle = assemble_layers((layer("a", member("X.py")), layer("b", member("x.py"))))
    assert len(bundle.entries) == 2
    assert len(bundle.alike) == 1


def test_the_content_hash_is_over_names_modes_and_content() -> None:
    def content(*members: Member) -> str:
        return assemble_layers((app(*members),)).content_sha256

    line = f"a\x00644\x00{hashlib.sha256(b'1').hexdigest()}\n".encode()
    assert content(member("a", "1")) == hashlib.sha256(line).hexdigest()
    different = {
        content(member("a", "1")),
        content(member("b", "1")),
        content(member("a", "2")),
        content(member("a", "1", mode=0o755)),
        content(member("a", "1"), member("b", "1")),
    }
    assert len(different) == 5


def test_the_label_tells_what_runs_and_nothing_that_differs_from_day_to_day() -> None:
    bundle = assemble_layers((app(member("host.json")),))
    assert json.loads(render_label(bundle, python="3.13", lock_fingerprint="f")) == {
        "schema": "lading/label/1",
        "content_sha256": bundle.content_sha256,
        "lock_fingerprint": "f",
        "python": "3.13",
    }
