"""How a posted input starts a function that no request starts: its data, and what the host knows.

The host runs such a function by POST /admin/functions/<name> with {"input": "…"}; what a service
would tell beside it (ids, counts, times) is made up here, as the host does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from lading.core.functions import BindingFacts, FunctionFacts
from lading.core.functions.calls import (
    CallProblem,
    Occasion,
    invocation_id,
    trace_parent,
    unread_input,
)
from lading.core.functions.messages import Datum, Invocation

_TIMER = {"Schedule": {"AdjustForDST": True}, "ScheduleStatus": None, "IsPastDue": False}
_WEEK = timedelta(days=7)
# They are told their data as JSON, not as text.
_JSON_TRIGGERS = frozenset({"eventgridtrigger", "cosmosdbtrigger", "sqltrigger", "mysqltrigger"})
# What .NET has as long: a batch of them has a kind of its own.
_LONGS = frozenset({"OffsetArray", "SequenceNumberArray"})
_EXPLAINED = {
    "orchestrationtrigger": "an orchestration needs the host's Durable extension",
    "entitytrigger": "an entity needs the host's Durable extension",
}

Table = Mapping[str, object]


def occasion_invocation(
    occasion: Occasion, function: FunctionFacts, *, fresh: str, now: datetime
) -> Invocation | CallProblem:
    """Return how an occasion starts a function, or why it cannot be started here.

    `fresh` are 32 hexadecimal digits that no other call has.
    """
    trigger = _trigger(function)
    if trigger is None:
        return CallProblem(error="NoTrigger", message=f"{function.name} has no trigger")
    kind = trigger.type.lower()
    if kind in _EXPLAINED or function.http is not None:
        why = _EXPLAINED.get(kind, f"{function.name} is started by requests: call its route")
        return CallProblem(error="NotServed", message=why)
    problem = unread_input(function)
    if problem is not None:
        return problem
    data, items = _data(occasion.data, trigger)
    told = _made_up(trigger, items, fresh=fresh, now=now) | _of_input(occasion.data)
    return Invocation(
        id=invocation_id(fresh),
        function=function.name,
        inputs={trigger.name: data},
        metadata={name: _metadata(name, value) for name, value in told.items()},
        trace_parent=trace_parent("", fresh=fresh),
    )


def _trigger(function: FunctionFacts) -> BindingFacts | None:
    return next((one for one in function.bindings if one.type == function.trigger), None)


def _data(posted: str | bytes, trigger: BindingFacts) -> tuple[Datum, tuple[str, ...] | None]:
    """Return what the function gets, and the messages of a batch, None for a single one."""
    kind = trigger.type.lower()
    if kind == "timertrigger":
        return Datum(kind="json", value=json.dumps(_TIMER)), None
    if isinstance(posted, bytes):
        return Datum(kind="bytes", value=posted), None
    if kind in _JSON_TRIGGERS:
        return Datum(kind="json", value=posted if _parsed(posted) is not None else "null"), None
    if trigger.settings.get("cardinality", "").lower() == "many":
        items = _items(posted)
        return Datum(kind="texts", value=items), items
    if trigger.settings.get("dataType", "").lower() in {"binary", "stream"}:
        return Datum(kind="bytes", value=posted.encode()), None
    return Datum(kind="string", value=posted), None


def _items(posted: str) -> tuple[str, ...]:
    """Return the messages of a batch: the items of a list, or the one thing that was posted."""
    parsed = _parsed(posted)
    if not isinstance(parsed, list):
        return (posted,)
    return tuple(one if isinstance(one, str) else json.dumps(one) for one in parsed)


def _made_up(
    trigger: BindingFacts, items: tuple[str, ...] | None, *, fresh: str, now: datetime
) -> dict[str, object]:
    make = _TOLD.get(trigger.type.lower())
    if make is None:
        return {}
    told = dict(make(trigger, fresh, now))
    if items is None:
        return told
    return {f"{name}Array": (value,) * len(items) for name, value in told.items()}


def _queue(trigger: BindingFacts, fresh: str, now: datetime) -> Table:
    return {
        "Id": invocation_id(fresh),
        "DequeueCount": 1,
        "InsertionTime": now,
        "ExpirationTime": now + _WEEK,
        "NextVisibleTime": now,
        "PopReceipt": fresh[:16],
        "QueueTrigger": trigger.settings.get("queueName", ""),
    }


def _service_bus(_trigger: BindingFacts, fresh: str, now: datetime) -> Table:
    return {
        "MessageId": fresh,
        "DeliveryCount": 1,
        "SequenceNumber": 1,
        "EnqueuedTimeUtc": now,
        "ExpiresAtUtc": now + _WEEK,
        "LockToken": invocation_id(fresh),
        "ContentType": "text/plain",
        "UserProperties": {},
        "ApplicationProperties": {},
    }


def _event_hub(_trigger: BindingFacts, _fresh: str, now: datetime) -> Table:
    told = {"EnqueuedTimeUtc": _time(now), "SequenceNumber": 0, "Offset": "0", "PartitionKey": ""}
    return {**told, "Properties": {}, "SystemProperties": told}


def _kafka(trigger: BindingFacts, _fresh: str, now: datetime) -> Table:
    topic = trigger.settings.get("topic", "")
    place = {"Topic": topic, "Partition": 0, "Offset": 0, "Timestamp": now}
    return {**place, "Key": "", "Headers": []}


def _blob(trigger: BindingFacts, _fresh: str, _now: datetime) -> Table:
    path = trigger.settings.get("path", "").replace("{", "").replace("}", "")
    return {"BlobTrigger": path, "Uri": f"https://localhost/{path}", "Properties": {}} | {
        "Metadata": {}
    }


_TOLD: Mapping[str, Callable[[BindingFacts, str, datetime], Table]] = {
    "queuetrigger": _queue,
    "servicebustrigger": _service_bus,
    "eventhubtrigger": _event_hub,
    "kafkatrigger": _kafka,
    "blobtrigger": _blob,
}


def _of_input(posted: str | bytes) -> dict[str, object]:
    """Return what the host takes from an input that is a JSON object, for binding expressions."""
    parsed = _parsed(posted) if isinstance(posted, str) else None
    table = parsed if isinstance(parsed, dict) else {}
    return {
        name: value if isinstance(value, str | dict) else json.dumps(value)
        for name, value in table.items()
        if value is not None and not isinstance(value, list)
    }


def _metadata(name: str, value: object) -> Datum:
    if isinstance(value, str):
        return Datum(kind="string", value=value)
    if isinstance(value, tuple) and all(isinstance(one, str) for one in value):
        return Datum(kind="texts", value=value)
    if isinstance(value, tuple) and name in _LONGS:
        return Datum(kind="numbers", value=value)
    return Datum(kind="json", value=json.dumps(value, default=_time))


def _parsed(text: str) -> object:
    try:
        parsed: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return parsed


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z"
