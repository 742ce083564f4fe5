"""Which function answers which request: routes as the Functions host reads and orders them."""

from __future__ import annotations

import string
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lading.core.functions import BindingFacts, FunctionFacts, function_facts
from lading.core.functions.routes import (
    RouteError,
    decode_path,
    find_route,
    hides,
    is_reserved,
    normalise_route,
    order_routes,
    parse_route,
)
from lading.core.functions.routes.matching import match_path
from lading.core.functions.routes.templates import parse_template

WORD = st.text(string.ascii_letters + string.digits + "-_~ é", min_size=1).filter(
    lambda text: text not in {".", ".."}
)


def http(name: str, route: str = "", methods: str = "") -> FunctionFacts:
    settings = {key: value for key, value in (("route", route), ("methods", methods)) if value}
    trigger = BindingFacts(name="req", type="httpTrigger", direction="in", settings=settings)
    return function_facts(name, "function_app.py", (trigger,))


def values(template: str, path: str) -> dict[str, str] | None:
    return match_path(parse_template(template), decode_path(path))


@pytest.mark.parametrize(
    ("template", "path", "found"),
    [
        ("health", "/health", {}),
        ("health", "/HEALTH/", {}),
        ("Health/", "/health", {}),
        ("health", "/health/x", None),
        ("health", "/health//", None),
        ("", "/", {}),
        ("{name}", "/", None),
        ("{name}", "/Ann", {"name": "Ann"}),
        ("{name?}", "/", {}),
        ("a/{name?}", "/a/", {}),
        ("a/{name?}", "/a/b", {"name": "b"}),
        ("a/{name=Bob}", "/a", {"name": "Bob"}),
        ("a/{name=Bob}", "/a/Ann", {"name": "Ann"}),
        ("a/{x}/b", "/a//b", None),
        ("a/{x?}/b", "/a/b", None),
        ("{*rest}", "/", {}),
        ("{*rest}", "/a/b//c/", {"rest": "a/b//c/"}),
        ("a/{**rest}", "/a/b/c", {"rest": "b/c"}),
        ("a/{*rest}", "/a", {}),
        ("a/{*rest}", "/a//b", None),
        ("a/{*rest=all}", "/a", {"rest": "all"}),
        ("{id}.{ext}", "/one.two.txt", {"id": "one.two", "ext": "txt"}),
        ("{id}.{ext}", "/one", None),
        ("{id}.{ext?}", "/one", {"id": "one"}),
        ("{id}.{ext?}", "/one.txt", {"id": "one", "ext": "txt"}),
        ("{id}.{ext?}", "/one.", None),
        ("v{major}-{minor}", "/V1-2", {"major": "1", "minor": "2"}),
        ("{a}-{b}-x", "/1-2-3-x", {"a": "1-2", "b": "3"}),
        ("{a}-{b}-x", "/1-2-3-xy", None),
        # It begins at the right, and does not think twice.
        ("a{x}b", "/aaab", None),
        ("a{x}b", "/acb", {"x": "c"}),
        ("{{a}}", "/{a}", {}),
        ("{{{a}", "/{b", {"a": "b"}),
        (r"{a:regex(^\d{{2}}$)}", "/12", {"a": "12"}),
        (r"{a:regex(^\d{{2}}$)}", "/123", None),
        ("{a:regex(^(x|y)$):minlength(1)}", "/X", {"a": "X"}),
        (r"{a:regex(^(?<year>\d+)$)}", "/2026", {"a": "2026"}),
        ("{id:int:range(1,12)}", "/12", {"id": "12"}),
        ("{id:int:range(1,12)}", "/13", None),
        ("{id:int?}", "/", {}),
        ("{id:int?}", "/x", None),
        ("{id:int=7}", "/", {"id": "7"}),
        ("{name}", "/a%20b%2Fc", {"name": "a b%2Fc"}),
        ("{name}", "/a+b", {"name": "a+b"}),
        ("{name}", "/%C3%A9", {"name": "é"}),
        ("{name}", "/%C3", {"name": "%C3"}),
        ("a/b", "/a/./x/../b", {}),
        ("a", "/../a", {}),
    ],
)
def test_a_path_gives_the_values_that_aspnet_would_find(
    template: str, path: str, found: dict[str, str] | None
) -> None:
    assert values(template, path) == found


@pytest.mark.parametrize(
    ("constraint", "good", "bad"),
    [
        ("int", ["0", "-1", "+7", "2147483647", " 1 "], ["", "x", "1.0", "2147483648", "1e3"]),
        ("long", ["9223372036854775807"], ["9223372036854775808", "x"]),
        ("bool", ["true", "FALSE"], ["yes", "1"]),
        ("datetime", ["2026-11-21", "2026-11-21T10:00", "11-21-2026", "21 Nov 2026"], ["x", "12"]),
        ("decimal", ["1", "-1.5", "1,000.5", ".5"], ["1e3", "x", "9" * 30]),
        ("double", ["1e3", "-1.5", "NaN"], ["x", "1e"]),
        ("float", ["1.5", "-Infinity"], ["x"]),
        (
            "guid",
            ["0123456789abcdef0123456789ABCDEF", "01234567-89ab-cdef-0123-456789abcdef"],
            ["01234567-89ab", "x"],
        ),
        ("alpha", ["abcXYZ"], ["a1", "é"]),
        ("length(2)", ["ab"], ["a", "abc"]),
        ("length(2,3)", ["ab", "abc"], ["a", "abcd"]),
        ("minlength(2)", ["ab"], ["a"]),
        ("maxlength(2)", ["ab", "🚢"], ["abc", "🚢b"]),
        ("min(18)", ["18", "99"], ["17", "x"]),
        ("max(-1)", ["-1", "-2"], ["0"]),
        ("range(1,3)", ["1", "3"], ["0", "4", "x"]),
        ("required", ["x"], []),
        ("file", ["a.txt"], ["a", "a."]),
        ("nonfile", ["a"], ["a.txt"]),
    ],
)
def test_a_constraint_lets_through_what_it_means(
    constraint: str, good: list[str], bad: list[str]
) -> None:
    template = f"{{value:{constraint}}}"
    for value in good:
        assert values(template, f"/{quote(value)}") == {"value": value}
    for value in bad:
        assert values(template, f"/{quote(value)}") is None


@pytest.mark.parametrize(
    "template",
    [
        "api//x",
        "//x",
        "{",
        "a}",
        "{a",
        "{a}}",
        "{{{a}}}",
        "{}",
        "{*}",
        "{a}{b}",
        "{a}/{A}",
        "{*rest}/x",
        "x{*rest}",
        "{*rest?}",
        "{a?=1}",
        "{a=1?}",
        "{a?}-{b}",
        "{a}-{b?}",
        "what?",
        "{id:integer}",
        "{id:range(1)}",
        "{id:length(x)}",
        "{id:range(3,1)}",
        "{a/b}",
        r"{a:regex(^\d{3}$)}",
    ],
)
def test_a_template_with_which_the_host_does_not_start_is_refused(template: str) -> None:
    with pytest.raises(RouteError):
        parse_template(template)


def names(*functions: FunctionFacts, method: str = "GET", path: str, prefix: str = "api") -> str:
    found = find_route(order_routes(functions, prefix), method, path)
    return found.function.name if found else ""


def test_the_prefix_of_host_json_stands_before_every_route() -> None:
    health = http("health")
    assert names(health, path="/api/health") == "health"
    assert names(health, path="/health") == ""
    assert names(health, path="/health", prefix="") == "health"
    assert names(health, path="/v1/api/health", prefix="v1/api") == "health"


def test_routes_are_tried_in_the_order_of_the_functions_names() -> None:
    # Not the more exact one first, which is what ASP.NET alone would do.
    assert names(http("Details", "p/{id}"), http("list", "p/list"), path="/api/p/list") == "Details"
    assert names(http("b", "p/{id}"), http("A", "p/list"), path="/api/p/list") == "A"
    assert names(http("a", "p/{id:int}"), http("b", "p/list"), path="/api/p/list") == "b"


def test_a_method_that_nobody_answers_is_not_found() -> None:
    reading, writing = http("read", "x", "GET"), http("write", "x", "post,PUT")
    assert names(reading, writing, path="/api/x") == "read"
    assert names(reading, writing, path="/api/x", method="PUT") == "write"
    assert names(reading, writing, path="/api/x", method="HEAD") == ""
    assert names(http("any", "x"), path="/api/x", method="QUERY") == "any"


def test_a_leading_slash_is_taken_without_a_prefix_only() -> None:
    assert names(http("all", "/{*route}"), path="/a/b", prefix="") == "all"
    with pytest.raises(RouteError, match="two slashes"):
        order_routes([http("all", "/{*route}")], "api")


@pytest.mark.parametrize("route", ["admin/x", "/Administrators", "runtime"])
def test_what_the_host_keeps_for_itself_is_no_route(route: str) -> None:
    assert is_reserved(http("it", route))
    assert order_routes([http("it", route)], "api") == ()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (http("a", "p/{id}"), http("b", "p/list")),
        (http("a", "{*all}"), http("b", "p/{id:int}")),
        (http("a", "{*all}"), http("b")),
        (http("a", "P/list"), http("b", "p/List", "GET")),
    ],
)
def test_a_route_that_leaves_nothing_to_another_is_noticed(
    first: FunctionFacts, second: FunctionFacts
) -> None:
    assert hides(parse_route(first, "api"), parse_route(second, "api"))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (http("a", "p/{id:int}"), http("b", "p/list")),
        (http("a", "p/list"), http("b", "p/{id}")),
        (http("a", "p/{id}"), http("b", "p/{id}/x")),
        (http("a", "p/{id}"), http("b", "p/{id?}")),
        (http("a", "p/{id}"), http("b", "p/{*rest}")),
        (http("a", "{*all}", "GET"), http("b", "x")),
        (http("a", "{*all}", "GET"), http("b", "x", "POST")),
    ],
)
def test_a_route_that_leaves_something_hides_nothing(
    first: FunctionFacts, second: FunctionFacts
) -> None:
    assert not hides(parse_route(first, "api"), parse_route(second, "api"))


@given(st.lists(WORD, min_size=1, max_size=4))
def test_values_come_back_as_they_were_sent(words: list[str]) -> None:
    template = "/".join(f"{{p{number}}}" for number in range(len(words)))
    path = "/" + "/".join(quote(word, safe="") for word in words)
    assert values(template, path) == {f"p{number}": word for number, word in enumerate(words)}
    assert values("{*rest}", path) == {"rest": "/".join(words)}


@given(st.text("{}/*?:=()ab.1,~", max_size=20), st.text("/ab.%2F1-", max_size=12))
@example("{a:b(c)=d}", "/")
def test_whatever_is_written_is_read_or_refused(template: str, path: str) -> None:
    try:
        parsed = parse_template(template)
    except RouteError:
        return
    found = match_path(parsed, decode_path(f"/{path}"))
    assert found is None or set(found) <= {one.name for one in parsed.parameters}


@given(st.text("/ab.%2Fé", max_size=20))
def test_a_decoded_path_is_decoded_for_good(path: str) -> None:
    assert "/./" not in decode_path(f"/{path}/")


def test_names_of_parameters_do_not_make_a_template() -> None:
    assert normalise_route("Items/{id:int}/") == normalise_route("items/{Name:int}")
    assert normalise_route("{*a}") == normalise_route("{**b}")
