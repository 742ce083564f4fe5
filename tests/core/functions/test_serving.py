"""What `serve` tells of an app, of a request, and of what it leaves undone."""

from __future__ import annotations

import json

import pytest

from lading.core.functions import BindingFacts, FunctionFacts, Indexed, function_facts
from lading.core.functions.calls import CallProblem, Output
from lading.core.functions.serving import (
    Asked,
    Place,
    is_own_name,
    parse_input,
    render_asked,
    render_output,
    render_problem,
    render_serving_json,
    render_serving_text,
    wants_key,
)


def http(name: str, level: str) -> FunctionFacts:
    settings = {"authLevel": level} if level else {}
    trigger = BindingFacts(name="req", type="httpTrigger", direction="in", settings=settings)
    return function_facts(name, "function_app.py", (trigger,))


TIMER = function_facts(
    "clean", "function_app.py", (BindingFacts(name="t", type="timerTrigger", direction="in"),)
)
INDEXED = Indexed(
    model="v2",
    python="3.13.0",
    runtime="1.3.0",
    sdk="2.3.0",
    sdk_from="package",
    functions=(http("open", "anonymous"), http("closed", "FUNCTION"), TIMER),
    problem=None,
    output="",
    seconds=0.2,
    confinement="namespaces",
)
PLACE = Place(
    url="http://127.0.0.1:7071", prefix="api", key="k", artifact="dist/a.zip", sha256="0" * 64
)


@pytest.mark.parametrize(
    ("level", "wanted"),
    [("anonymous", False), ("Anonymous", False), ("function", True), ("", True)],
)
def test_whatever_is_not_anonymous_wants_a_key(level: str, *, wanted: bool) -> None:
    assert wants_key(http("it", level)) is wanted


def test_the_beginning_tells_what_is_served_and_where() -> None:
    text = render_serving_text(INDEXED, PLACE)
    assert "serving dist/a.zip (sha256 000000000000…)" in text
    assert "  open    all methods http://127.0.0.1:7071/api/open\n" in text
    assert "  closed  all methods http://127.0.0.1:7071/api/closed?code=k\n" in text
    assert "  clean   timerTrigger: POST http://127.0.0.1:7071/admin/functions/clean" in text
    assert "key: k," in text


def test_without_a_key_none_is_told() -> None:
    place = Place(url="http://h", prefix="")
    assert "key" not in render_serving_text(INDEXED, place)
    assert "code=" not in render_serving_text(INDEXED, place)
    assert json.loads(render_serving_json(INDEXED, place))["key"] is None


def test_a_request_is_one_line() -> None:
    asked = Asked(method="GET", path="/api/x", function="x", status=200, seconds=0.0123)
    assert render_asked(asked) == "GET /api/x → x 200 (12 ms)"
    slow = Asked(method="GET", path="/", function="", status=404, seconds=1.26)
    assert render_asked(slow) == "GET / → 404 (1.3 s)"


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ('{"id": 7}', ' to orders: {"id": 7}'),
        ("one\ntwo", r" to orders: one\ntwo"),
        (b"\xff\x00", " to orders: \\xff\x00"),
        ("x" * 300, f" to orders: {'x' * 200}… (300 characters)"),
        (b"x" * 300, f" to orders: {'x' * 200}… (300 bytes)"),
    ],
)
def test_an_output_is_shown_in_a_line(data: str | bytes, shown: str) -> None:
    queue = BindingFacts(
        name="msg", type="queue", direction="out", settings={"queueName": "orders"}
    )
    told = render_output(Output(binding=queue, data=data))
    assert told == f"  not sent: queue msg{shown}"


def test_a_problem_names_its_place() -> None:
    problem = CallProblem(error="ValueError", message="no", file="a.py", line=3, trace="T\nV")
    assert list(render_problem(problem)) == ["  a.py:3: ValueError: no", "  | T", "  | V"]
    elsewhere = CallProblem(error="Ended", message="gone")
    assert list(render_problem(elsewhere)) == ["  Ended: gone"]


@pytest.mark.parametrize(
    ("body", "posted"),
    [
        (b"{}", ""),
        (b'{"input": "a"}', "a"),
        (b'{"input": 7}', "7"),
        (b'{"input": {"a": 1}}', None),
        (b"[]", None),
        (b"", None),
        (b"\xff", None),
    ],
)
def test_an_input_is_read_as_the_host_reads_it(body: bytes, posted: str | None) -> None:
    assert parse_input(body) == posted


@pytest.mark.parametrize(
    ("host", "name", "own"),
    [
        ("localhost:7071", "127.0.0.1", True),
        ("LOCALHOST", "127.0.0.1", True),
        ("orders.localhost:7071", "127.0.0.1", True),
        ("127.0.0.1:7071", "localhost", True),
        ("[::1]:7071", "localhost", True),
        ("10.0.0.4:7071", "10.0.0.4", True),
        ("build-agent:7071", "build-agent", True),
        ("build-agent:7071", "0.0.0.0", True),  # noqa: S104 - what somebody asked for
        ("evil.test:7071", "127.0.0.1", False),
        ("evil.test", "build-agent", False),
        ("localhost.evil.test", "127.0.0.1", False),
        ("", "127.0.0.1", False),
        ("user@localhost", "127.0.0.1", False),
        ("[not-an-address]", "127.0.0.1", False),
    ],
)
def test_a_host_header_names_this_machine_or_another(
    host: str,
    name: str,
    own: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert is_own_name(host, name) is own
