from __future__ import annotations

import json

import pytest

from lading.core.errors import UsageError
from lading.core.lock import Lock, LockedFile, LockedSource
from lading.core.lock.explanation import explain, render_explanation_json, render_explanation_text


def file(name: str, *required_by: str) -> LockedFile:
    return LockedFile(
        name=name,
        version="1.0",
        filename=f"{name}-1.0-py3-none-any.whl",
        sha256="ab" * 32,
        source="default",
        required_by=required_by,
    )


LOCK = Lock(
    python="3.13",
    platform="x",
    fingerprint="",
    files=(file("top", "app.txt"), file("middle", "top", "ring"), file("ring", "middle")),
    sources=(
        LockedSource(
            kind="git",
            name="acme-tax",
            version="2.0",
            url="https://git.example/tax",
            commit="c0ffee",
            required_by=("app.txt", "middle"),
            build_requires=("setuptools==80.0",),
        ),
    ),
    build_files=(
        LockedFile(
            name="setuptools",
            version="80.0",
            filename="setuptools-80.0-py3-none-any.whl",
            sha256="cd" * 32,
            source="acme",
        ),
    ),
)


def test_every_way_to_a_name_is_told_the_shortest_first() -> None:
    (found,) = explain(LOCK, "Acme_Tax")
    assert found.chains == (("app.txt", "acme-tax"), ("app.txt", "top", "middle", "acme-tax"))


def test_distributions_that_require_each_other_have_an_end() -> None:
    (found,) = explain(LOCK, "ring")
    assert found.chains == (("app.txt", "top", "middle", "ring"),)


def test_the_text_tells_source_commit_and_what_it_is_built_with() -> None:
    assert render_explanation_text(explain(LOCK, "acme-tax")).splitlines() == [
        "acme-tax 2.0",
        "  git:         https://git.example/tax",
        "  commit:      c0ffee",
        "  built with:  setuptools==80.0",
        "  because:     app.txt → acme-tax",
        "               app.txt → top → middle → acme-tax",
    ]


def test_what_is_needed_only_to_build_says_for_what() -> None:
    text = render_explanation_text(explain(LOCK, "setuptools"))
    assert "setuptools 80.0 (to build with)" in text
    assert "needed by:   the build of acme-tax" in text


def test_the_json_document_has_it_all() -> None:
    (found,) = json.loads(render_explanation_json(explain(LOCK, "top")))["distributions"]
    assert found["facts"]["sha256"] == "ab" * 32
    assert found["chains"] == [["app.txt", "top"]]


def test_a_name_that_is_not_there_is_answered_with_those_like_it() -> None:
    with pytest.raises(UsageError) as caught:
        explain(LOCK, "tax")
    assert "acme-tax" in caught.value.remedy
