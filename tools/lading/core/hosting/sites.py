"""Sites as Resource Manager describes them: which plan, which hosts, which Python."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lading.core.documents import Document, as_document, rows_of, table_of, text_of
from lading.core.errors import DeploymentFailed
from lading.core.hosting import (
    CONSUMPTION,
    CONTAINER_APPS,
    DEDICATED,
    ELASTIC_PREMIUM,
    FLEX_CONSUMPTION,
    HostingPlan,
    Site,
)

# The oldest version of the API that tells functionAppConfig.
OLDEST_API = "2023-12-01"
_BY_SKU = {
    "dynamic": CONSUMPTION,
    "flexconsumption": FLEX_CONSUMPTION,
    "elasticpremium": ELASTIC_PREMIUM,
}
_PYTHON = re.compile(r"python\|(?P<version>\d+\.\d+)", re.IGNORECASE)
_HOST = re.compile(r"[A-Za-z0-9.-]+(?::\d+)?")
_IMAGE = re.compile(r"(?:DOCKER|COMPOSE|KUBE)\|(?P<image>.+)", re.IGNORECASE)


def parse_site(value: object, *, domains: Sequence[str] = ()) -> Site:
    """Return a site from Resource Manager's answer, of API version 2023-12-01 or newer.

    Tokens are sent to an SCM site, so its host has to be below one of the `domains`, where any are
    given: an environment of its own may list others besides, which take no tokens.
    Raises DeploymentFailed for what is no Function App.
    """
    document = as_document(value)
    properties = table_of(document, "properties")
    kind = text_of(document, "kind").lower()
    name = text_of(document, "name") or text_of(properties, "name")
    if not properties or "functionapp" not in kind.split(","):
        raise DeploymentFailed(
            f"what Azure has under the name {name or '(none)'} is no Function App"
            + (f', but of the kind "{kind}"' if kind else ""),
            remedy="Correct function-app = … of the target; nothing was changed.",
        )
    fx_version = text_of(table_of(properties, "siteConfig"), "linuxFxVersion")
    image = _IMAGE.fullmatch(fx_version)
    runtime, python = _runtime(properties, fx_version)
    scm_hosts = _hosts_of_type(properties, "repository")
    scm_host = next((host for host in scm_hosts if _is_below(host, domains)), "")
    return Site(
        name=name,
        plan=_plan(properties, kind),
        linux=properties.get("reserved") is True or "linux" in kind.split(","),
        state=text_of(properties, "state"),
        host=_default_host(properties),
        scm_host=scm_host,
        foreign_scm="" if scm_host else next(iter(scm_hosts), ""),
        runtime=runtime,
        python=python,
        image=image["image"] if image else "",
        swap_target=text_of(properties, "targetSwapSlot"),
    )


def _plan(properties: Document, kind: str) -> HostingPlan:
    """Tell the plan; `managedEnvironmentId` and `sku` are what Microsoft's own tools go by."""
    if properties.get("managedEnvironmentId") or "azurecontainerapps" in kind:
        return CONTAINER_APPS
    # Every other SKU (Basic, PremiumV3, Isolated …) is a plan of App Service.
    return _BY_SKU.get(text_of(properties, "sku").lower(), DEDICATED)


def _hosts_of_type(properties: Document, wanted: str) -> tuple[str, ...]:
    # Never built from the name: slots, unique names, environments and clouds have other forms.
    return tuple(
        text_of(row, "name")
        for row in rows_of(properties, "hostNameSslStates")
        if text_of(row, "hostType").lower() == wanted
    )


def _is_below(host: str, domains: Sequence[str]) -> bool:
    if _HOST.fullmatch(host) is None:
        return False
    return not domains or any(host.lower().endswith(f".{domain}") for domain in domains)


def _default_host(properties: Document) -> str:
    # A site with domains of its own has several "Standard" hosts, in any order.
    standard = next(iter(_hosts_of_type(properties, "standard")), "")
    return text_of(properties, "defaultHostName") or standard


def _runtime(properties: Document, fx_version: str) -> tuple[str, str]:
    told = table_of(properties, "functionAppConfig", "runtime")
    if told:
        return text_of(told, "name").lower(), text_of(told, "version")
    python = _PYTHON.fullmatch(fx_version)
    if python:
        return "python", python["version"]
    return fx_version.partition("|")[0].lower() if "|" in fx_version else "", ""
