"""How Resource Manager and Microsoft.Web say no: two shapes, which clients have to tell apart."""

from __future__ import annotations

import uuid

from local_azure.answers import Answer, RefusedAnswer, json_answer

# What is said of a conflict that ends by itself.
BUSY_SITE, BUSY_PLAN = "59203", "59205"


def arm_error(status: int, code: str, message: str) -> Answer:
    """Return an error of Resource Manager itself: `{"error": {"code", "message"}}`."""
    return json_answer({"error": {"code": code, "message": message}}, status)


def web_error(status: int, code: str, message: str, *, extended: str = "51021") -> Answer:
    """Return an error of Microsoft.Web: in PascalCase, and saying everything three times."""
    entity = {
        "ExtendedCode": extended,
        "MessageTemplate": "{0}",
        "Parameters": [message],
        "Code": code,
        "Message": message,
    }
    details = [{"Message": message}, {"Code": code}, {"ErrorEntity": entity}]
    document = {"Code": code, "Message": message, "Target": None, "Details": details}
    return json_answer({**document, "Innererror": None}, status)


def refuse(status: int, code: str, message: str) -> RefusedAnswer:
    """Return an error of Resource Manager to be raised."""
    return RefusedAnswer(arm_error(status, code, message))


def no_resource(kind: str, name: str, group: str) -> RefusedAnswer:
    """Return what is said of a resource that is not there."""
    return refuse(
        404,
        "ResourceNotFound",
        f"The Resource '{kind}/{name}' under resource group '{group}' was not found. For more "
        "details please go to https://aka.ms/ARMResourceNotFoundFix",
    )


def not_found(what: str, name: str) -> RefusedAnswer:
    """Return what Microsoft.Web says of a part of a site that is not there."""
    return RefusedAnswer(
        web_error(404, "NotFound", f"Cannot find {what} with name {name}.", extended="51004")
    )


def busy(stamp: str, *, of_plan: bool = False) -> Answer:
    """Return what is said while another operation is on a site, or on its plan."""
    ids = f"Id: {uuid.uuid4()}, OperationName: Update, CreatedTime: {stamp}, EntityType: 3"
    message = f"Cannot modify this site because another operation is in progress. Details: {ids}"
    return web_error(409, "Conflict", message, extended=BUSY_PLAN if of_plan else BUSY_SITE)


def host_runtime(reason: str) -> Answer:
    """Return what is said where the host behind Resource Manager failed."""
    return web_error(
        400, "BadRequest", f"Encountered an error ({reason}) from host runtime.", extended="51027"
    )
