"""What the front answers as the Functions host does by itself."""

from __future__ import annotations

import json

from lading.core.functions.calls import Done, Occasion, Output
from tests.front import KEY, QUEUE, App, http, serve, timer


def test_the_hosts_own_paths_tell_of_the_functions() -> None:
    app = App(functions=(http("health", "health"), timer("clean")))
    with serve(app) as served:
        _, body = served.ask("/admin/functions", headers={"x-functions-key": KEY})
        told = {one["name"]: one for one in json.loads(body)}
        assert told["health"]["invoke_url_template"] == (
            f"http://127.0.0.1:{served.port}/api/health"
        )
        assert told["clean"]["config"]["bindings"][0]["schedule"] == "0 0 6 * * *"
        status = json.loads(served.ask("/admin/host/status", headers={"x-functions-key": KEY})[1])
        assert (status["id"], status["state"]) == ("lading", "Running")
        assert served.status("/admin/functions/Clean", x_functions_key=KEY) == 200
        assert served.status("/admin/functions/clean/status", x_functions_key=KEY) == 200
        assert served.status("/admin/functions/nobody", x_functions_key=KEY) == 404
        assert served.status("/admin/vfs", x_functions_key=KEY) == 404
        page = served.ask("/")[1].decode()
        assert "up and running" in page
        assert "clean  timerTrigger" in page


def test_a_function_at_the_root_takes_the_place_of_the_page() -> None:
    with serve(App(functions=(http("all", "{*path}"),)), prefix="") as served:
        assert served.ask("/")[1] == b"all"


def test_a_function_is_run_by_hand() -> None:
    app = App(
        functions=(timer("clean"),),
        ended=Done(outputs=(Output(binding=QUEUE, data=b"\xff"),), result="7"),
    )
    headers = {"x-functions-key": KEY}
    with serve(app) as served:
        ran = served.ask("/admin/functions/CLEAN", "POST", body=b'{"input": "x"}', headers=headers)
        assert ran[0].status == 202
        told = served.hears("clean → done")
        assert r"not sent: queue msg to orders: \xff" in told
        assert "returned: 7" in told
        assert app.occasions == [Occasion(function="clean", data="x")]
        bad = served.ask("/admin/functions/clean", "POST", body=b"x", headers=headers)
        assert bad[0].status == 400
        none = served.ask("/admin/functions/nobody", "POST", body=b"{}", headers=headers)
        assert none[0].status == 404
