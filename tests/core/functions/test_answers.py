"""What the program in the target's interpreter answers, and what is no answer of it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from lading.core.functions import (
    Indexed,
    NoAnswerError,
    NotImported,
    function_facts,
    parse_answer,
    parse_bindings,
    parse_indexed,
    render_indexed,
)
from lading.core.functions.report import render_functions, render_verdict, verdict_document


def answer(**changes: Any) -> str:
    document = {
        "nonce": "n",
        "model": "v2",
        "python": "3.11.7",
        "runtime": "1.3.0",
        "sdk": "1.26.0",
        "sdk_from": "engine",
        "functions": [
            {
                "name": "price",
                "script": "function_app.py",
                "bindings": [
                    {"name": "req", "type": "httpTrigger", "direction": "IN", "methods": ["GET"]},
                    {"name": "$return", "type": "http", "direction": "OUT"},
                ],
            }
        ],
        "problem": None,
        "missing": [],
    }
    return json.dumps(document | changes)


def test_an_answer_becomes_functions_with_their_bindings() -> None:
    indexed = parse_answer(answer(), nonce="n", seconds=0.5, output="")
    (price,) = indexed.functions
    assert (price.trigger, price.route, price.methods) == (
        "httpTrigger",
        "price",
        frozenset({"GET"}),
    )
    assert [binding.direction for binding in price.bindings] == ["in", "out"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "[]",
        answer(nonce="another"),
        answer() + answer(),
        "printed by the app\n" + answer(),
        answer(functions=None),
        answer(problem={"error": "X"}),
        '{"nonce": "n"}',
    ],
)
def test_anything_else_is_no_answer(text: str) -> None:
    with pytest.raises(NoAnswerError):
        parse_answer(text, nonce="n", seconds=0.5, output="")


def test_a_verdict_is_kept_and_read_again() -> None:
    indexed = parse_answer(answer(), nonce="n", seconds=0.5, output="hello")
    assert parse_indexed(render_indexed(indexed)) == indexed
    assert parse_indexed(b"{}") is None


def test_a_verdict_is_told_in_a_line_and_the_functions_below() -> None:
    indexed = parse_answer(answer(), nonce="n", seconds=0.5, output="")
    assert render_verdict(indexed) == (
        "imported: yes, 1 function (azure-functions-runtime 1.3.0 as an equivalent engine,"
        " azure-functions 1.26.0 of the engine, Python 3.11.7)"
    )
    assert render_functions(indexed) == ("  price httpTrigger GET /price",)
    below = replace(indexed, route_prefix="api")
    assert render_functions(below) == ("  price httpTrigger GET /api/price",)
    assert verdict_document(indexed)["imported"] is True
    loose = replace(indexed, confinement="none: darwin has no namespaces")
    assert render_verdict(loose).endswith(
        "; it saw the network and the files of this user (darwin has no namespaces)"
    )


def test_for_azures_own_library_nothing_is_equivalent() -> None:
    indexed = parse_answer(answer(python="3.13.0"), nonce="n", seconds=0.5, output="")
    assert "equivalent" not in render_verdict(indexed)


def test_what_was_not_imported_says_why() -> None:
    verdict = NotImported(reason="there is no Python 3.14 on this machine")
    assert render_verdict(verdict) == "imported: no: there is no Python 3.14 on this machine"
    assert verdict_document(verdict)["imported"] is False
    assert render_functions(verdict) == ()


def test_a_queue_tells_its_name() -> None:
    bindings = parse_bindings(
        [{"name": "msg", "type": "queueTrigger", "direction": "in", "queueName": "orders"}]
    )
    indexed = Indexed(
        model="v1",
        python="3.13.0",
        runtime="1.2.0",
        sdk="2.3.0",
        sdk_from="package",
        functions=(function_facts("take", "take/__init__.py", bindings),),
        problem=None,
        output="",
        seconds=0.1,
    )
    assert render_functions(indexed) == ("  take queueTrigger orders",)
    assert "azure-functions-runtime-v1 1.2.0, azure-functions 2.3.0 of the package" in (
        render_verdict(indexed)
    )
