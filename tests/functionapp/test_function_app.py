"""The sample app's functions, as the programming model sees them."""

from __future__ import annotations

import json
import logging
from functools import cache
from pathlib import Path

import azure.functions as func
import function_app
import pytest
import release
from azure.functions.timer import TimerRequest

APP = Path(__file__).parents[2] / "functionapp"


@cache
def functions() -> dict[str, func.Function]:
    """Return the functions that the app declares, by name; an app can be asked only once."""
    return {str(found.get_function_name()): found for found in function_app.app.get_functions()}


def ask(query: dict[str, str]) -> func.HttpResponse:
    """Ask the HTTP function."""
    handler = functions()["get_price"].get_user_function()
    answer = handler(func.HttpRequest(method="GET", url="/api/price", params=query, body=b""))
    assert isinstance(answer, func.HttpResponse)
    return answer


def test_a_price_is_answered_as_json() -> None:
    answer = ask({"net": "100", "country": "DE"})
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert json.loads(answer.get_body()) == {
        "country": "DE",
        "currency": "EUR",
        "net": "100.00",
        "tax": "19.00",
        "gross": "119.00",
    }


def test_a_bad_question_is_a_400_with_the_reason() -> None:
    answer = ask({"net": "100", "country": "XX"})
    assert answer.status_code == 400
    assert json.loads(answer.get_body()) == {"error": "Nothing is sold in 'XX'."}


def test_the_timer_logs_a_price(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        functions()["check_prices"].get_user_function()(TimerRequest(past_due=True))
    assert caplog.messages == ["100.00 net is 119.00 EUR in DE (late)"]


def test_the_app_has_its_functions() -> None:
    triggers = {name: found.get_trigger() for name, found in functions().items()}
    kinds = {name: trigger.get_binding_name() for name, trigger in triggers.items() if trigger}
    assert kinds == {
        "get_price": "httpTrigger",
        "tell_release": "httpTrigger",
        "check_prices": "timerTrigger",
    }


def test_it_says_what_it_runs_where_that_is_a_package(tmp_path: Path) -> None:
    handler = functions()["tell_release"].get_user_function()
    asked = func.HttpRequest(method="GET", url="/api/lading", body=b"")
    assert handler(asked).status_code == 404
    label = tmp_path / "lading.json"
    label.write_text('{"content_sha256": "0123"}')
    assert json.loads(release.tell(label).get_body()) == {"content_sha256": "0123"}


def test_the_host_has_an_extension_bundle_and_no_settings_are_committed() -> None:
    host = json.loads((APP / "host.json").read_text(encoding="utf-8"))
    assert host["extensionBundle"]["id"] == "Microsoft.Azure.Functions.ExtensionBundle"
    assert not (APP / "local.settings.json").exists()
