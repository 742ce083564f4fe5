"""What the host makes of a request, and of what a function gives back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.core.functions import BindingFacts, FunctionFacts, function_facts
from lading.core.functions.calls import (
    CallProblem,
    Done,
    HttpAnswer,
    HttpCall,
    call_url,
    http_invocation,
    join_repeated,
    parse_query,
    trace_parent,
)
from lading.core.functions.messages import (
    SIZES,
    Cookie,
    Datum,
    FrameError,
    HttpDatum,
    Invocation,
    Reply,
    Value,
    parse_head,
    parse_reply,
    render_invocation,
)
from lading.core.functions.replies import done, http_answer, render_cookie

FRESH = "0123456789abcdef0123456789abcdef"
REQUEST = BindingFacts(name="req", type="httpTrigger", direction="in")
RESPONSE = BindingFacts(name="$return", type="http", direction="out")
QUEUE = BindingFacts(name="msg", type="queue", direction="out")


def function(*bindings: BindingFacts) -> FunctionFacts:
    return function_facts("price", "function_app.py", bindings)


PRICE = function(REQUEST, RESPONSE, QUEUE)


def invocation(call: HttpCall, *, streamed: bool = False) -> Invocation:
    made = http_invocation(call, PRICE, fresh=FRESH, streamed=streamed)
    assert isinstance(made, Invocation)
    return made


def answered(value: Value | None, *outputs: tuple[str, Value]) -> HttpAnswer:
    made = http_answer(Reply(returned=value, outputs=outputs), PRICE)
    assert isinstance(made, HttpAnswer)
    return made


@pytest.mark.parametrize(
    ("path", "query", "url"),
    [
        ("/api/a", "", "http://h:1/api/a"),
        ("/api/a%20b/caf\u00e9", "x=%20+", "http://h:1/api/a%20b/caf%C3%A9?x=%20+"),
        ("/a%41%2fb%2Fc", "", "http://h:1/aA%2fb%2Fc"),
        ("/a@b:c,d;e=f(1)'~", "a&b", "http://h:1/a@b:c,d;e=f(1)'~?a&b"),
        ("/a%3Fb%23%25", "", "http://h:1/a%3Fb%23%25"),
    ],
)
def test_a_url_is_escaped_as_asp_net_does(path: str, query: str, url: str) -> None:
    assert call_url(host="h:1", path=path, query=query) == url


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=30))
def test_a_path_that_was_escaped_stays_as_it_is(path: str) -> None:
    once = call_url(host="h", path="/" + path.replace("%", ""), query="")
    assert call_url(host="h", path=once.removeprefix("http://h"), query="") == once


def test_a_request_is_joined_and_lowered() -> None:
    made = invocation(
        HttpCall(
            function="price",
            method="GET",
            url="http://h/api/price?a=1&A=2&b=&c",
            headers=(("X-One", "1"), ("x-one", "2"), ("Empty", ""), ("TraceState", "s=1")),
            query=parse_query("a=1&A=2&b=&c"),
            params={"item": "7"},
            body=b"x",
        )
    )
    request = made.inputs["req"]
    assert isinstance(request, HttpDatum)
    assert request.headers == {"x-one": "1,2", "empty": "", "tracestate": "s=1"}
    assert request.query == {"a": "1,2"}
    assert (request.params, request.body) == ({"item": "7"}, b"x")
    assert made.id == "01234567-89ab-cdef-0123-456789abcdef"
    assert made.trace_state == "s=1"


def test_of_a_streamed_request_the_route_is_told_only() -> None:
    call = HttpCall(function="price", method="POST", url="http://h", params={"a": "1"}, body=b"x")
    assert invocation(call, streamed=True).inputs == {"req": HttpDatum(params={"a": "1"})}


def test_the_callers_trace_goes_on() -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    told = trace_parent(f"00-{trace}-00f067aa0ba902b7-01", fresh=FRESH)
    assert told == f"00-{trace}-{FRESH[16:]}-00"
    assert trace_parent("nonsense", fresh=FRESH).startswith(f"00-{FRESH}-")


def test_names_are_joined_whatever_their_case() -> None:
    assert join_repeated((("A", "1"), ("b", "2"), ("a", "3"))) == {"A": "1,3", "b": "2"}


def test_what_azure_alone_can_read_is_refused() -> None:
    blob = BindingFacts(name="doc", type="blob", direction="in")
    call = HttpCall(function="price", method="GET", url="")
    made = http_invocation(call, function(REQUEST, RESPONSE, blob), fresh=FRESH)
    assert isinstance(made, CallProblem)
    assert "doc of type blob" in made.message


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("hello", "hello"),
        ("", ""),
        ("1.50", "1.5"),
        ("null", ""),
        ('"quoted"', "quoted"),
        ('{"a":[1,{}]}', '{\n  "a": [\n    1,\n    {}\n  ]\n}'),
        ("[" * 100_000, "[" * 100_000),
    ],
)
def test_a_text_that_is_json_is_written_anew(text: str, body: str) -> None:
    made = answered(Datum(kind="string", value=text))
    assert made == HttpAnswer(
        status=200, headers=(("content-type", "text/plain; charset=utf-8"),), body=body.encode()
    )


def test_a_text_that_is_a_response_is_one() -> None:
    text = '{"Body": {"a": 1}, "statusCode": "404", "headers": {"Content-Type": "x/y", "n": 1}}'
    made = answered(Datum(kind="string", value=text))
    assert (made.status, made.body) == (404, b'{"a":1}')
    assert made.headers == (("Content-Type", "x/y"), ("n", "1"))


def test_a_response_keeps_the_first_of_a_header_and_all_cookies() -> None:
    cookies = (Cookie(name="a", value="1 2", path=""), Cookie(name="a", value="3"))
    headers = {"X-A": "1", "x-a": "2"}
    made = answered(HttpDatum(status="204", headers=headers, cookies=cookies))
    assert made.status == 204
    assert made.headers == (
        ("X-A", "1"),
        ("set-cookie", "a=1%202; path="),
        ("set-cookie", "a=3; path=/"),
    )


def test_a_cookie_has_all_its_attributes_in_order() -> None:
    cookie = Cookie(
        name="a",
        value="b",
        domain="x.example",
        path="/p",
        expires=0,
        max_age=2.9,
        secure=True,
        http_only=True,
        same_site="strict",
    )
    assert render_cookie(cookie) == (
        "a=b; expires=Thu, 01 Jan 1970 00:00:00 GMT; max-age=2; domain=x.example; path=/p;"
        " secure; samesite=strict; httponly"
    )


@pytest.mark.parametrize(
    "cookie",
    [
        Cookie(name="a", value="b", expires=10**18),
        Cookie(name="a", value="b", max_age=float("nan")),
        Cookie(name="a", value="b", path="/\r\nX-Other: 1"),
    ],
)
def test_a_cookie_that_cannot_be_sent_is_the_functions_problem(cookie: Cookie) -> None:
    made = http_answer(Reply(returned=HttpDatum(status="200", cookies=(cookie,))), PRICE)
    assert isinstance(made, CallProblem)
    assert made.error == "Header"


@pytest.mark.parametrize("headers", [{"a b": "1"}, {"a": "1\r\nb: 2"}, {"a": "\u20ac"}, {"": "1"}])
def test_a_header_that_cannot_be_sent_is_a_problem(headers: dict[str, str]) -> None:
    made = http_answer(Reply(returned=HttpDatum(status="200", headers=headers)), PRICE)
    assert isinstance(made, CallProblem)


def test_outputs_are_told_beside_the_answer() -> None:
    made = answered(None, ("msg", Datum(kind="bytes", value=b"\xff")), ("other", HttpDatum()))
    assert (made.status, made.body) == (200, b"")
    assert [(one.binding.name, one.data) for one in made.outputs] == [("msg", b"\xff")]


def test_a_response_may_be_an_output() -> None:
    named = BindingFacts(name="res", type="http", direction="out")
    reply = Reply(returned=None, outputs=(("res", HttpDatum(status="201")),))
    made = http_answer(reply, function(REQUEST, named))
    assert isinstance(made, HttpAnswer)
    assert made.status == 201


def test_what_is_returned_to_no_binding_is_the_result() -> None:
    returned = Datum(kind="json", value="[1]")
    assert done(Reply(returned=returned), function()) == Done(result="[1]")
    assert done(Reply(returned=None), function()) == Done()


@given(
    st.dictionaries(st.text(max_size=5), st.text(alphabet=st.characters(codec="utf-8"))),
    st.binary(max_size=100),
    st.text(alphabet=st.characters(codec="utf-8")),
)
def test_a_frame_tells_what_was_put_in(headers: dict[str, str], body: bytes, text: str) -> None:
    made = Invocation(
        id="i",
        function="f",
        inputs={"req": HttpDatum(headers=headers, body=body)},
        metadata={"m": Datum(kind="string", value=text)},
    )
    frame = b"".join(render_invocation(made))
    head_size, size = SIZES.unpack_from(frame)
    head = parse_head(frame[SIZES.size : SIZES.size + head_size])
    payload = frame[SIZES.size + head_size :]
    assert len(payload) == size
    assert head["inputs"][0]["data"]["headers"] == headers
    assert payload == body + text.encode()


def test_a_reply_is_read_part_by_part() -> None:
    head = {
        "return": {"kind": "http", "status": "200", "headers": {}, "cookies": [], "size": 2},
        "outputs": [{"name": "msg", "data": {"kind": "string", "size": 3}}],
    }
    reply = parse_reply(head, b"okmsg")
    assert reply.returned == HttpDatum(status="200", body=b"ok")
    assert reply.outputs == (("msg", Datum(kind="string", value="msg")),)


@pytest.mark.parametrize(
    "head",
    [
        {},
        {"return": {"kind": "string", "size": 9}, "outputs": []},
        {"return": {"kind": "string"}, "outputs": []},
        {"return": {"kind": "http", "size": 0}, "outputs": []},
        {"return": None, "outputs": 7},
    ],
)
def test_a_reply_that_is_none_is_refused(head: dict[str, object]) -> None:
    with pytest.raises(FrameError):
        parse_reply(json.loads(json.dumps(head)), b"abc")


@pytest.mark.parametrize("text", [b"", b"[]", b"\xff", b'{"a"'])
def test_a_head_that_is_none_is_refused(text: bytes) -> None:
    with pytest.raises(FrameError):
        parse_head(text)
