"""What runs here, for whoever asks: the label that lading packs. An app of your own may copy it."""

from __future__ import annotations

from pathlib import Path

import azure.functions as func

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]
_LABEL = Path(__file__).with_name("lading.json")


@blueprint.route(route="lading", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def tell_release(req: func.HttpRequest) -> func.HttpResponse:
    """Answer `GET /api/lading` with hashes and the Python of the package, 404 where none runs."""
    del req
    return tell(_LABEL)


def tell(label: Path) -> func.HttpResponse:
    """Return what a label says, or that there is none, as under `func start`."""
    if not label.is_file():
        return func.HttpResponse("not run from a package of lading", status_code=404)
    return func.HttpResponse(label.read_text("utf-8"), mimetype="application/json")
