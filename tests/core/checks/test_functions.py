"""What is found in the functions of a package, and which imports a setting would mend."""

from __future__ import annotations

import pytest

from lading.core.checks.functions import check_indexed
from lading.core.checks.wants import explain_by_want
from lading.core.functions import (
    BindingFacts,
    FunctionFacts,
    ImportProblem,
    MissingSetting,
    Raised,
    function_facts,
)
from lading.core.functions.host import HostFile
from tests.front import indexed

HOST = HostFile(version="2.0", route_prefix="api", bundle="")
WITH_BUNDLE = HostFile(version="2.0", route_prefix="api", bundle="Microsoft.Azure")


def http(name: str, route: str = "", methods: str = "") -> FunctionFacts:
    settings = {key: value for key, value in (("route", route), ("methods", methods)) if value}
    trigger = BindingFacts(name="req", type="httpTrigger", direction="in", settings=settings)
    return function_facts(name, "function_app.py", (trigger,))


def other(kind: str) -> FunctionFacts:
    binding = BindingFacts(name="it", type=kind, direction="in")
    return function_facts("take", "function_app.py", (binding,))


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        (http("a", "x"), http("b", "x"), True),
        (http("a", "x"), http("b", "X/"), True),
        (http("a"), http("b", "a"), True),
        (http("a", "x/{id}"), http("b", "x/{name}"), True),
        (http("a", "x/{*rest}"), http("b", "x/{*all}"), True),
        (http("a", "x", "GET"), http("b", "x", "POST,get"), True),
        (http("a", "x", "GET"), http("b", "x"), True),
        (http("a", "x", "GET"), http("b", "x", "POST"), False),
        (http("a", "x/{id:int}"), http("b", "x/{id:alpha}"), False),
        (http("a", "x/{id}"), http("b", "x/{id?}"), False),
        (http("a", "x/{id}"), http("b", "x/{*id}"), False),
        (http("a", "x"), http("b", "y"), False),
    ],
)
def test_two_functions_on_one_route_and_method_are_an_error(
    first: FunctionFacts, second: FunctionFacts, *, same: bool
) -> None:
    found = check_indexed(indexed(first, second), HOST)
    assert [finding.code for finding in found] == (["duplicate-route"] if same else [])


@pytest.mark.parametrize(
    ("kind", "host", "own", "found"),
    [
        ("queueTrigger", HOST, False, ["extension-bundle"]),
        ("queueTrigger", WITH_BUNDLE, False, []),
        ("queueTrigger", HOST, True, []),
        ("timerTrigger", HOST, False, []),
        ("httpTrigger", HOST, False, []),
    ],
)
def test_a_binding_wants_its_extension(
    kind: str, host: HostFile, found: list[str], *, own: bool
) -> None:
    findings = check_indexed(indexed(other(kind)), host, own_extensions=own)
    assert [finding.code for finding in findings] == found


def test_no_functions_are_an_error() -> None:
    (finding,) = check_indexed(indexed(), HOST)
    assert (finding.code, finding.severity) == ("no-functions", "error")


def raised(kind: str, message: str, *frames: str, bases: tuple[str, ...] = ()) -> Raised:
    return Raised(types=(kind, *bases), message=message, frames=frames)


def problem(
    *chain: Raised, line: int = 9, module: str = "", missing: MissingSetting | None = None
) -> ImportProblem:
    return ImportProblem(
        error=chain[0].name,
        message=chain[0].message,
        file="function_app.py",
        line=line,
        module=module,
        chain=chain,
        missing=(missing,) if missing else (),
    )


ASKED = MissingSetting(name="SERVICE_URL", file="function_app.py", line=4)
ELSEWHERE = MissingSetting(name="SERVICE_URL", file="settings.py", line=9)
MONITORING = MissingSetting(name="APPLICATIONINSIGHTS_CONNECTION_STRING")
IN_APP = "/srv/wwwroot/function_app.py:9 <module>"
IN_DEPENDENCY = ".python_packages/lib/site-packages/shop/client.py:7 __init__"
IN_SDK = ".python_packages/lib/site-packages/azure/functions/decorators/app.py:7 build"
FROZEN_OS = "<frozen os>:685 __getitem__"
KEY_ERROR = ("builtins.LookupError",)


@pytest.mark.parametrize(
    "wanting",
    [
        problem(raised("builtins.KeyError", "'SERVICE_URL'", FROZEN_OS)),
        problem(raised("builtins.KeyError", "'X'", "/usr/lib/python3.10/os.py:680 __getitem__")),
        problem(
            raised("builtins.RuntimeError", "no configuration"),
            raised("builtins.KeyError", "'SERVICE_URL'", FROZEN_OS),
        ),
        problem(
            raised("pydantic_core._x.ValidationError", "url", "/s/pydantic_settings/main.py:1 f")
        ),
        problem(raised("environs.exceptions.EnvError", "X is not set")),
        problem(raised("decouple.UndefinedValueError", "X not found.")),
        problem(raised("builtins.TypeError", "got 'NoneType'"), missing=ASKED),
        problem(raised("builtins.ValueError", "bad"), line=4, missing=ASKED),
        problem(raised("builtins.RuntimeError", "set SERVICE_URL first"), missing=ASKED),
        # SecretClient(os.getenv("SERVICE_URL"), …), and the like.
        problem(raised("builtins.ValueError", "must be a URL", IN_DEPENDENCY), missing=ASKED),
        problem(raised("builtins.TypeError", "no such type", IN_DEPENDENCY), missing=ASKED),
        problem(raised("sqlalchemy.exc.ArgumentError", "no URL", IN_DEPENDENCY), missing=ASKED),
        # if not os.getenv("SERVICE_URL"): raise …
        problem(raised("builtins.ValueError", "not configured", IN_APP), missing=ASKED),
        problem(raised("builtins.SystemExit", "not configured", IN_APP), missing=ASKED),
        problem(raised("builtins.Exception", "not configured", IN_APP), missing=ASKED),
        # configure_azure_monitor, which asks the environment itself.
        problem(raised("builtins.ValueError", "no key", IN_DEPENDENCY), missing=MONITORING),
    ],
)
def test_an_import_that_a_setting_would_mend_is_a_warning(wanting: ImportProblem) -> None:
    (finding,) = check_indexed(indexed(problem=wanting), HOST)
    assert (finding.code, finding.severity) == ("import-needs-setting", "warning")
    assert "--settings" in finding.remedy


@pytest.mark.parametrize(
    "wanting",
    [
        problem(raised("azure.identity._exceptions.CredentialUnavailableError", "none")),
        problem(raised("builtins.OSError", "[Errno 101] Network is unreachable")),
        problem(raised("requests.exceptions.ConnectionError", "no")),
    ],
)
def test_what_no_setting_gives_is_to_be_asked_for_later(wanting: ImportProblem) -> None:
    (finding,) = check_indexed(indexed(problem=wanting), HOST)
    assert (finding.code, finding.severity) == ("import-needs-setting", "warning")
    assert finding.remedy.startswith("Ask for it when a function runs")
    assert "--settings" not in finding.remedy


@pytest.mark.parametrize(
    "broken",
    [
        problem(
            raised("builtins.ModuleNotFoundError", "No module named 'x'"),
            raised("builtins.KeyError", "'SERVICE_URL'", FROZEN_OS),
            module="x",
            missing=ASKED,
        ),
        problem(raised("builtins.KeyError", "'price'", "function_app.py:9 <module>")),
        problem(raised("builtins.KeyError", "'k'", "/app/osx.py:9 __getitem__")),
        problem(raised("builtins.TypeError", "got 'NoneType'")),
        problem(raised("builtins.ValueError", "bad"), missing=ASKED),
        problem(raised("builtins.NameError", "name 'None_' is not defined"), missing=ASKED),
        problem(raised("builtins.ValueError", "bad", IN_DEPENDENCY)),
        problem(raised("builtins.ValueError", "two triggers", IN_SDK), missing=ASKED),
        problem(raised("builtins.RuntimeError", "no loop", IN_DEPENDENCY), missing=ASKED),
        problem(raised("builtins.KeyError", "'price'", IN_DEPENDENCY), missing=ASKED),
        problem(
            raised("builtins.TypeError", "f() got an unexpected keyword", IN_DEPENDENCY),
            missing=ASKED,
        ),
        problem(
            raised("builtins.TypeError", "operand type(s) for |: 'type' and 'NoneType'"),
            missing=ASKED,
        ),
        problem(raised("builtins.FileNotFoundError", "model.json", IN_APP), missing=ASKED),
        problem(raised("builtins.ValueError", "bad", IN_APP), missing=ELSEWHERE),
        problem(raised("builtins.RuntimeError", "MY_SERVICE_URLS is empty"), missing=ASKED),
        problem(raised("configparser.NoSectionError", "No section: 'db'")),
        problem(raised("builtins.AttributeError", "'FunctionApp' has no attribute 'warmup'")),
    ],
)
def test_an_import_that_no_setting_explains_is_an_error(broken: ImportProblem) -> None:
    assert explain_by_want(broken) is None
    (finding,) = check_indexed(indexed(problem=broken), HOST)
    assert (finding.code, finding.severity) == ("import-error", "error")


def test_a_missing_module_says_what_to_require() -> None:
    wanting = problem(raised("builtins.ModuleNotFoundError", "No module named 'a.b'"), module="a.b")
    (finding,) = check_indexed(indexed(problem=wanting), HOST)
    assert finding.place == "function_app.py:9"
    assert finding.evidence.startswith("ModuleNotFoundError: No module named")
    assert finding.remedy.startswith("Add the distribution that has a to the requirements")


@pytest.mark.parametrize(
    ("route", "prefix", "code"),
    [
        ("/{*route}", "api", "invalid-route"),
        ("/{*route}", "", ""),
        ("orders/{id:integer}", "api", "invalid-route"),
        ("orders/{id", "api", "invalid-route"),
        ("administration", "api", "reserved-route"),
        ("runtime/x", "", "reserved-route"),
        ("orders/{id:int}", "api", ""),
    ],
)
def test_a_route_that_the_host_does_not_take_is_an_error(
    route: str, prefix: str, code: str
) -> None:
    host = HostFile(version="2.0", route_prefix=prefix, bundle="")
    found = check_indexed(indexed(http("it", route)), host)
    assert [(finding.code, finding.severity) for finding in found] == (
        [(code, "error")] if code else []
    )


@pytest.mark.parametrize(
    ("kind", "name", "schedule", "problem"),
    [
        ("timerTrigger", "schedule", "0 0 6 * * 1-5", ""),
        ("timerTrigger", "schedule", "%SCHEDULE%", ""),
        ("timerTrigger", "schedule", "0 0 6 * * 7", "'7' is no day of the week: 0 to 6, or Sunday"),
        ("TIMERTRIGGER", "Schedule", "@daily", "it has 1 field, and not six"),
        ("queueTrigger", "schedule", "@daily", ""),
        ("timerTrigger", "comment", "@daily", ""),
    ],
)
def test_a_timer_that_would_never_start_is_an_error(
    kind: str, name: str, schedule: str, problem: str
) -> None:
    trigger = BindingFacts(name="tick", type=kind, direction="in", settings={name: schedule})
    function = function_facts("nightly", "function_app.py", (trigger,))
    found = check_indexed(indexed(function), WITH_BUNDLE)
    assert [(one.code, one.severity, one.subject) for one in found] == (
        [("invalid-schedule", "error", "function_app.py")] if problem else []
    )
    assert all("nightly" in one.evidence and problem in one.evidence for one in found)


def test_the_route_of_an_asgi_app_wants_an_empty_prefix() -> None:
    (finding,) = check_indexed(indexed(http("http_app_func", "/{*route}")), HOST)
    assert "api//{*route}: two slashes follow each other" in finding.evidence
    assert '"routePrefix": ""' in finding.remedy


def test_a_function_that_another_one_hides_is_a_warning() -> None:
    found = check_indexed(indexed(http("list", "p/list"), http("details", "p/{id}")), HOST)
    assert [(finding.code, finding.severity) for finding in found] == [("hidden-route", "warning")]
    assert "list is never called" in found[0].evidence
    assert not check_indexed(indexed(http("a_list", "p/list"), http("details", "p/{id}")), HOST)
