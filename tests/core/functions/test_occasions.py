"""What a function gets that no request starts."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from lading.core.functions import BindingFacts, FunctionFacts, function_facts
from lading.core.functions.calls import CallProblem, Occasion
from lading.core.functions.messages import Datum, Invocation
from lading.core.functions.occasions import occasion_invocation

FRESH = "0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)


def triggered(kind: str, **settings: str) -> FunctionFacts:
    trigger = BindingFacts(name="it", type=kind, direction="in", settings=settings)
    return function_facts("work", "function_app.py", (trigger,))


def invocation(function: FunctionFacts, posted: str | bytes = "") -> Invocation:
    occasion = Occasion(function="work", data=posted)
    made = occasion_invocation(occasion, function, fresh=FRESH, now=NOW)
    assert isinstance(made, Invocation)
    return made


@pytest.mark.parametrize(
    ("function", "posted", "data"),
    [
        (triggered("queueTrigger"), "a", Datum(kind="string", value="a")),
        (triggered("queueTrigger", dataType="binary"), "a", Datum(kind="bytes", value=b"a")),
        (triggered("queueTrigger"), b"\xff", Datum(kind="bytes", value=b"\xff")),
        (triggered("eventGridTrigger"), '{"a": 1}', Datum(kind="json", value='{"a": 1}')),
        (triggered("cosmosDBTrigger"), "no JSON", Datum(kind="json", value="null")),
        (triggered("somethingTrigger"), "a", Datum(kind="string", value="a")),
        (
            triggered("serviceBusTrigger", cardinality="many"),
            '["a", {"b": 1}]',
            Datum(kind="texts", value=("a", '{"b": 1}')),
        ),
        (
            triggered("eventHubTrigger", cardinality="Many"),
            "one",
            Datum(kind="texts", value=("one",)),
        ),
    ],
)
def test_the_data_have_the_triggers_kind(
    function: FunctionFacts, posted: str | bytes, data: Datum
) -> None:
    assert invocation(function, posted).inputs == {"it": data}


def test_a_timer_is_told_its_schedule() -> None:
    (data,) = invocation(triggered("timerTrigger"), "ignored").inputs.values()
    assert isinstance(data, Datum)
    assert isinstance(data.value, str)
    assert json.loads(data.value)["IsPastDue"] is False


def test_what_a_service_tells_is_made_up() -> None:
    metadata = invocation(triggered("queueTrigger", queueName="orders")).metadata
    assert metadata["QueueTrigger"] == Datum(kind="string", value="orders")
    assert metadata["DequeueCount"] == Datum(kind="json", value="1")
    assert metadata["InsertionTime"] == Datum(kind="json", value='"2026-11-21T06:30:00Z"')


def test_a_batch_is_told_as_a_batch() -> None:
    metadata = invocation(
        triggered("kafkaTrigger", cardinality="many", topic="t"), "[1, 2]"
    ).metadata
    assert metadata["TopicArray"] == Datum(kind="texts", value=("t", "t"))
    assert metadata["OffsetArray"] == Datum(kind="numbers", value=(0, 0))
    assert metadata["HeadersArray"] == Datum(kind="json", value="[[], []]")


def test_an_input_that_is_an_object_is_told_in_parts() -> None:
    posted = '{"name": "a", "size": 3, "more": {"b": 1}, "none": null, "list": [1]}'
    metadata = invocation(triggered("somethingTrigger"), posted).metadata
    assert metadata == {
        "name": Datum(kind="string", value="a"),
        "size": Datum(kind="string", value="3"),
        "more": Datum(kind="json", value='{"b": 1}'),
    }


@pytest.mark.parametrize("kind", ["httpTrigger", "orchestrationTrigger", "entityTrigger", "queue"])
def test_what_cannot_be_started_so_says_why(kind: str) -> None:
    made = occasion_invocation(Occasion(function="work"), triggered(kind), fresh=FRESH, now=NOW)
    assert isinstance(made, CallProblem)
    assert made.message
