"""The function app: HTTP and the timer. What they answer with is decided in `quotes`."""

from __future__ import annotations

import json
import logging
from decimal import Decimal

import azure.functions as func
import release
from quotes import QuestionError, parse_question, quote

_logger = logging.getLogger(__name__)
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
app.register_functions(release.blueprint)

_REFERENCE_NET = Decimal(100)
_REFERENCE_COUNTRY = "DE"


@app.route(route="price", methods=["GET"])
def get_price(req: func.HttpRequest) -> func.HttpResponse:
    """Answer `GET /api/price?net=100&country=DE` with a price, or 400 and the reason."""
    try:
        net, country = parse_question(req.params)
        price = quote(net, country)
    except QuestionError as error:
        body = json.dumps({"error": str(error)})
        return func.HttpResponse(body, status_code=400, mimetype="application/json")
    return func.HttpResponse(price.model_dump_json(), mimetype="application/json")


@app.timer_trigger(schedule="0 0 6 * * *", arg_name="timer", run_on_startup=False)
def check_prices(timer: func.TimerRequest) -> None:
    """Log a reference price every morning at six, so that a wrong rate is noticed early."""
    price = quote(_REFERENCE_NET, _REFERENCE_COUNTRY)
    late = " (late)" if timer.past_due else ""
    _logger.info(
        "%s net is %s %s in %s%s", price.net, price.gross, price.currency, price.country, late
    )
