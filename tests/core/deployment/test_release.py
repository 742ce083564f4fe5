"""A package is known from its bill of lading as from its verification."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from lading.core.deployment.release import (
    Lying,
    Package,
    check_artifact,
    package_of,
    parse_report,
)
from lading.core.errors import UsageError
from lading.core.findings import Finding
from lading.core.functions import (
    BindingFacts,
    ImportProblem,
    Indexed,
    NotImported,
    Verdict,
    function_facts,
)
from lading.core.functions.report import verdict_document
from lading.core.report import finding_document
from lading.core.verification import Verification


def http(name: str, route: str, methods: str = "") -> BindingFacts:
    settings = {"route": route, "methods": methods}
    return BindingFacts(name=name, type="httpTrigger", direction="in", settings=settings)


PRICE = function_facts("get_price", "function_app.py", (http("req", "price"),))
LABEL = function_facts("say", "function_app.py", (http("req", "/Lading", "GET"),))
INDEXED = Indexed(
    model="v2",
    python="3.13.1",
    runtime="1.3.0",
    sdk="2.3.0",
    sdk_from="package",
    functions=(PRICE, LABEL),
    problem=None,
    output="",
    seconds=0.4,
)
FINDING = Finding(code="wrong-abi", severity="error", subject="x", evidence="e", remedy="r")
VERIFICATION = Verification(
    artifact="dist/orders.zip",
    made_by="lading",
    python="3.13",
    sha256="c" * 64,
    content_sha256="b" * 64,
    size=1000,
    entries=3,
    distributions=(),
    findings=(),
    verdict=INDEXED,
    unchecked=(),
)


def report_of(verdict: Verdict, *findings: Finding) -> str:
    """Return the bill of lading of the same artifact, as far as a deployment reads it."""
    return json.dumps(
        {
            "schema": "lading/build-report/1",
            "python": "3.13",
            "artifact": {
                "path": "dist/orders.zip",
                "sha256": "c" * 64,
                "content_sha256": "b" * 64,
                "size": 1000,
            },
            "commit": "0123",
            "findings": [finding_document(finding) for finding in findings],
            "verdict": verdict_document(verdict),
        }
    )


BROKEN = replace(
    INDEXED, functions=(), problem=ImportProblem(error="ImportError", message="no module x")
)
NOWHERE = NotImported(reason="no Python 3.13 here")


@pytest.mark.parametrize(
    ("verdict", "unproven", "functions"),
    [
        (INDEXED, "", ("get_price", "say")),
        (BROKEN, "ImportError: no module x", ()),
        (NOWHERE, "no Python 3.13 here", ()),
    ],
)
def test_a_bill_of_lading_and_a_verification_describe_one_package(
    verdict: Verdict, unproven: str, functions: tuple[str, ...]
) -> None:
    allowed = replace(FINDING, code="x", allowed="until May")
    package = parse_report(report_of(verdict, FINDING, allowed), name="dist/orders.json")
    assert package == Package(
        path="dist/orders.zip",
        sha256="c" * 64,
        content_sha256="b" * 64,
        size=1000,
        python="3.13",
        functions=functions,
        unproven=unproven,
        refused=("wrong-abi",),
        answers=bool(functions),
        commit="0123",
    )
    verified = replace(VERIFICATION, verdict=verdict, findings=(FINDING, allowed))
    assert package_of(verified, commit="0123") == package


def test_only_a_route_that_can_be_asked_answers_what_it_runs() -> None:
    posted = function_facts("say", "f.py", (http("req", "lading", "POST"),))
    for functions in ((PRICE,), (posted,)):
        verdict = replace(INDEXED, functions=functions)
        assert not package_of(replace(VERIFICATION, verdict=verdict)).answers


@pytest.mark.parametrize(
    ("lying", "codes"),
    [
        (Lying(sha256="c" * 64), []),
        (Lying(sha256="c" * 64, commit="0123"), []),
        (Lying(sha256="d" * 64), ["artifact-changed"]),
        (Lying(sha256="c" * 64, commit="4567"), ["checkout-moved"]),
        (Lying(sha256="c" * 64, commit="4567", named=True), []),
    ],
)
def test_an_artifact_is_what_its_bill_describes_and_from_this_checkout(
    lying: Lying, codes: list[str]
) -> None:
    package = parse_report(report_of(INDEXED), name="dist/orders.json")
    assert [problem.code for problem in check_artifact(package, lying)] == codes


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", json.dumps({"schema": "lading/build-report/1"}), '{"schema": "other"}']
)
def test_what_is_no_bill_of_lading_is_told_with_its_name(text: str) -> None:
    with pytest.raises(UsageError, match=r"dist/orders\.json is no bill of lading"):
        parse_report(text, name="dist/orders.json")
