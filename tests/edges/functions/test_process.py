"""A package that was loaded once answers calls as Azure's host and worker would."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from lading.core.functions.calls import CallProblem, Done, HttpCall, Occasion
from lading.edges.functions.process import FunctionsProcess
from tests.loading import HOST_WITH_BUNDLE, Loader
from tests.serving import CALL_SECONDS, Log, answer, call, problem, served

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it serves what Linux serves")

APP = """\
import asyncio
import json
import logging
import os
import sys
import threading
import time
import typing

import azure.functions as func
from parts import blueprint

app = func.FunctionApp()
app.register_functions(blueprint)
meeting = threading.Barrier(2)
doors = {}


@app.route(route="echo/{place}")
def echo(req: func.HttpRequest) -> func.HttpResponse:
    told = {
        "method": req.method,
        "url": req.url,
        "headers": dict(req.headers),
        "query": dict(req.params),
        "route": dict(req.route_params),
        "body": len(req.get_body()),
    }
    return func.HttpResponse(json.dumps(told), status_code=201, mimetype="application/json")


@app.route(route="back")
async def back(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(req.get_body(), mimetype="application/octet-stream")


@app.route(route="text")
def text(req: func.HttpRequest) -> str:
    return req.get_body().decode()


@app.route(route="cookies")
def cookies(req: func.HttpRequest) -> func.HttpResponse:
    response = func.HttpResponse("ok")
    for cookie in req.params["cookies"].split("|"):
        response.headers.add("Set-Cookie", cookie)
    return response


@app.route(route="meet")
def meet(req: func.HttpRequest) -> str:
    return str(meeting.wait(60))


@app.route(route="wait")
async def wait(req: func.HttpRequest) -> str:
    await doors.setdefault(req.params["door"], asyncio.Event()).wait()
    return "waited"


@app.route(route="open")
async def open_door(req: func.HttpRequest) -> str:
    doors.setdefault(req.params["door"], asyncio.Event()).set()
    return "opened"


@app.route(route="raise")
def raising(req: func.HttpRequest) -> str:
    def inner():
        raise KeyError("no such price")

    return inner()


@app.route(route="nothing")
def nothing(req: func.HttpRequest) -> func.HttpResponse:
    return None


@app.route(route="table")
def table(req: func.HttpRequest) -> func.HttpResponse:
    return {"a": 1}


@app.route(route="leave")
def leave(req: func.HttpRequest) -> str:
    sys.exit(4)


@app.route(route="say")
def say(req: func.HttpRequest, context: func.Context) -> str:
    print("printed")
    logging.info("logged at info")
    logging.getLogger("azure.functions.inner").info("not the app's")
    print("to the other", file=sys.stderr)
    return context.function_name + " " + context.invocation_id + " " + os.getcwd()


@app.route(route="order")
@app.queue_output(arg_name="msg", queue_name="orders", connection="AzureWebJobsStorage")
def order(req: func.HttpRequest, msg: func.Out[str]) -> func.HttpResponse:
    msg.set("order 7")
    return func.HttpResponse(status_code=202)


@app.route(route="read")
@app.blob_input(arg_name="doc", path="docs/a", connection="AzureWebJobsStorage")
def read(req: func.HttpRequest, doc: str) -> str:
    return doc


@app.queue_trigger(arg_name="msg", queue_name="orders", connection="AzureWebJobsStorage")
@app.queue_output(arg_name="$return", queue_name="done", connection="AzureWebJobsStorage")
def take(msg: func.QueueMessage) -> str:
    return f"{msg.get_body().decode()} {msg.dequeue_count} {bool(msg.insertion_time)}"


@app.timer_trigger(schedule="0 0 6 * * *", arg_name="timer")
def morning(timer: func.TimerRequest) -> None:
    logging.warning("past due: %s", timer.past_due)


@app.service_bus_queue_trigger(arg_name="msg", queue_name="bus", connection="Bus")
def bus(msg: func.ServiceBusMessage) -> None:
    logging.warning("bus %s %s", msg.get_body(), msg.delivery_count)


@app.event_hub_message_trigger(
    arg_name="events", event_hub_name="hub", connection="Hub", cardinality="many"
)
def hub(events: typing.List[func.EventHubEvent]) -> None:
    logging.warning("hub %s", [event.get_body() for event in events])


@app.blob_trigger(arg_name="blob", path="in/{name}", connection="AzureWebJobsStorage")
def blob(blob: func.InputStream) -> None:
    logging.warning("blob %s %s", blob.name, blob.read())


@app.event_grid_trigger(arg_name="event")
def grid(event: func.EventGridEvent) -> None:
    logging.warning("grid %s", event.get_json())


@app.cosmos_db_trigger_v3(
    arg_name="docs", database_name="d", collection_name="c", connection_string_setting="C"
)
def docs(docs: func.DocumentList) -> None:
    logging.warning("docs %s", [doc["id"] for doc in docs])
"""
BLUEPRINT = """\
import azure.functions as func

blueprint = func.Blueprint()


@blueprint.route(route="blue")
async def blue(req: func.HttpRequest) -> str:
    return "blue"
"""
FILES = {"host.json": HOST_WITH_BUNDLE, "function_app.py": APP, "parts.py": BLUEPRINT}


@pytest.fixture(scope="module")
def log() -> Log:
    return Log()


@pytest.fixture(scope="module")
def process(loader: Loader, log: Log) -> Iterator[FunctionsProcess]:
    with served(loader, FILES, log=log) as process:
        assert process.indexed.problem is None
        yield process


def test_a_request_is_told_as_the_host_tells_it(process: FunctionsProcess) -> None:
    told = answer(
        process,
        HttpCall(
            function="echo",
            method="PUT",
            url="http://localhost:7071/api/echo/caf%C3%A9?a=1&A=2&b=",
            headers=(("X-One", "1"), ("x-one", "2"), ("Content-Type", "text/plain")),
            query=(("a", "1"), ("A", "2"), ("b", "")),
            params={"place": "café"},
            body=b"\x00\xff" * 4,
        ),
    )
    assert told.status == 201
    assert dict(told.headers)["content-type"] == "application/json"
    assert json.loads(told.body) == {
        "method": "PUT",
        "url": "http://localhost:7071/api/echo/caf%C3%A9?a=1&A=2&b=",
        "headers": {"x-one": "1,2", "content-type": "text/plain"},
        "query": {"a": "1,2"},
        "route": {"place": "café"},
        "body": 8,
    }


@pytest.mark.parametrize("size", [0, 1, 70_000, 20 << 20])
def test_a_body_comes_back_whole(process: FunctionsProcess, size: int) -> None:
    body = os.urandom(size)
    assert answer(process, call("back", body=body)).body == body


@pytest.mark.parametrize(
    ("returned", "body"),
    [("hello", "hello"), ("", ""), ('{"a":1}', '{\n  "a": 1\n}'), ("true", "True"), ("ä", "ä")],
)
def test_a_text_is_plain_text(process: FunctionsProcess, returned: str, body: str) -> None:
    told = answer(process, call("text", body=returned.encode()))
    assert (told.status, told.body.decode()) == (200, body)
    assert told.headers == (("content-type", "text/plain; charset=utf-8"),)


def test_cookies_are_set_as_asp_net_sets_them(process: FunctionsProcess) -> None:
    cookies = (
        "foo3=42; Domain=example.com; Expires=Thu, 12 Jan 2017 13:55:08 GMT; Path=/; "
        "Max-Age=10000000; Secure; HttpOnly; SameSite=Lax|plain=1"
    )
    told = answer(process, call("cookies", query=(("cookies", cookies),)))
    assert [text for name, text in told.headers if name == "set-cookie"] == [
        (
            "foo3=42; expires=Thu, 12 Jan 2017 13:55:08 GMT; max-age=10000000;"
            " domain=example.com; path=/; secure; samesite=lax; httponly"
        ),
        "plain=1; domain=; path=",
    ]


def test_a_cookie_that_the_library_refuses_is_a_problem(process: FunctionsProcess) -> None:
    cookie = "foo3=42; Expires=Thu, 12-Jan-2017 13:55:08 GMT"
    outcome = process.call(call("cookies", query=(("cookies", cookie),)), time_limit=CALL_SECONDS)
    assert isinstance(outcome, CallProblem)
    assert (outcome.error, outcome.file) == ("ValueError", "")


def test_functions_of_both_kinds_run_at_once(process: FunctionsProcess) -> None:
    # Each of the first two ends when the other has come, and the third when somebody opens.
    door = (("door", "one"),)
    with ThreadPoolExecutor(3) as pool:
        waiting = pool.submit(answer, process, call("wait", query=door))
        meeting = [pool.submit(answer, process, call("meet")) for _ in range(2)]
        assert {one.result().body for one in meeting} == {b"0", b"1"}
        assert answer(process, call("open_door", query=door)).body == b"opened"
        assert waiting.result().body == b"waited"


def test_an_exception_is_told_with_its_place(process: FunctionsProcess) -> None:
    told = problem(process, "raising")
    line = APP[: APP.index('raise KeyError("')].count("\n") + 1
    assert (told.error, told.message) == ("KeyError", "'no such price'")
    assert (told.file, told.line) == ("function_app.py", line)
    for one in (told, problem(process, "leave")):
        assert one.trace.startswith('Traceback (most recent call last):\n  File "function_app.py"')


@pytest.mark.parametrize(
    ("function", "error", "words"),
    [
        ("nothing", "TypeError", "NoneType"),
        ("table", "TypeError", "dict"),
        ("leave", "SystemExit", "ended the interpreter, with 4"),
        ("read", "InputBinding", "doc of type blob"),
        ("take", "NotHttp", "no request starts take"),
        ("gone", "NoFunction", "no function gone"),
    ],
)
def test_what_cannot_be_answered_says_why(
    process: FunctionsProcess, function: str, error: str, words: str
) -> None:
    told = problem(process, function)
    assert told.error == error
    assert words in told.message
    # And others go on.
    assert answer(process, call("blue")).body == b"blue"


def test_what_is_printed_and_logged_comes_as_lines(process: FunctionsProcess, log: Log) -> None:
    told = answer(process, call("say")).body.decode().split()
    assert told[0] == "say"
    assert len(told[1]) == 36
    assert told[2].endswith("wwwroot")
    for line in ("printed", "INFO: logged at info", "to the other"):
        log.wait_for(line)
    assert not [line for line in log.lines if "not the app's" in line]


def test_an_output_binding_is_told_not_performed(process: FunctionsProcess) -> None:
    told = answer(process, call("order"))
    assert told.status == 202
    (output,) = told.outputs
    assert (output.binding.type, output.binding.settings["queueName"]) == ("queue", "orders")
    assert output.data == "order 7"


def test_a_queue_function_gets_its_message_and_returns_to_its_binding(
    process: FunctionsProcess,
) -> None:
    done = process.trigger(Occasion(function="take", data="seven"), time_limit=CALL_SECONDS)
    assert isinstance(done, Done)
    assert [output.data for output in done.outputs] == ["seven 1 True"]
    assert done.result is None


@pytest.mark.parametrize(
    ("function", "posted", "line"),
    [
        ("morning", "", "WARNING: past due: False"),
        ("bus", "x", "WARNING: bus b'x' 1"),
        ("hub", '["a", {"b": 1}]', "WARNING: hub [b'a', b'{\"b\": 1}']"),
        ("blob", "content", "WARNING: blob in/name b'content'"),
        ("grid", '{"id": "1", "data": {"a": 2}}', "WARNING: grid {'a': 2}"),
        ("docs", '[{"id": "1"}, {"id": "2"}]', "WARNING: docs ['1', '2']"),
    ],
)
def test_other_triggers_get_what_is_posted(
    process: FunctionsProcess, log: Log, function: str, posted: str, line: str
) -> None:
    done = process.trigger(Occasion(function=function, data=posted), time_limit=CALL_SECONDS)
    assert done == Done()
    log.wait_for(line)


def test_a_function_that_hangs_is_given_up_and_others_go_on(process: FunctionsProcess) -> None:
    door = (("door", "never"),)
    outcome = process.call(call("wait", query=door), time_limit=0.5)
    assert isinstance(outcome, CallProblem)
    assert outcome.error == "TimeLimit"
    assert answer(process, call("blue")).body == b"blue"
