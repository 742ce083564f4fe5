"""The clouds of Azure: who signs in there, and for whom a token is meant.

Three are known by name. Any other one (Azure Stack, one without a way to the internet) is named by
the https URL of its Resource Manager, which says the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from lading.core.documents import as_document, parse_json, table_of, text_of, texts_of
from lading.core.errors import ConfigError
from lading.core.urls import UrlError, parse_url

# Azure DevOps has one resource, and it is the same in every cloud.
AZURE_DEVOPS = "499b84ac-1321-427f-aa17-267ca6975798/.default"
_APP_SERVICE = "https://appservice.azure.com"
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})
_AUTHORITY_VARIABLE = "AZURE_AUTHORITY_HOST"
# Those that vouch for one another. What else signs in (Azure Stack, a test) vouches for itself.
_MICROSOFTS = frozenset(
    {
        "login.microsoftonline.com",
        "login.microsoft.com",
        "login.windows.net",
        "login.microsoftonline.us",
        "login.chinacloudapi.cn",
        "login.partner.microsoftonline.cn",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """One cloud: the URL of its authority, that of Resource Manager, and the audiences of tokens.

    `scm_audience` is that of App Service, which the SCM site of an app asks for. `app_domains` are
    those below which its apps and their SCM sites are, `blob_domains` those of its containers, ()
    where that is not known.
    """

    name: str
    authority: str
    arm: str
    arm_audience: str
    scm_audience: str
    app_domains: tuple[str, ...] = ()
    blob_domains: tuple[str, ...] = ()

    @property
    def is_microsofts(self) -> bool:
        """Say whether the authority is one that Microsoft's own discovery knows."""
        return parse_url(self.authority).host in _MICROSOFTS


# Sources: azure-core's `get_arm_endpoints`, and the App Service tools of Visual Studio Code.
CLOUDS: Mapping[str, Cloud] = {
    "public": Cloud(
        name="public",
        authority="https://login.microsoftonline.com",
        arm="https://management.azure.com",
        arm_audience="https://management.azure.com/.default",
        scm_audience=f"{_APP_SERVICE}/.default",
        app_domains=("azurewebsites.net", "appserviceenvironment.net"),
        blob_domains=("blob.core.windows.net", "blob.storage.azure.net"),
    ),
    "us-government": Cloud(
        name="us-government",
        authority="https://login.microsoftonline.us",
        arm="https://management.usgovcloudapi.net",
        arm_audience="https://management.core.usgovcloudapi.net/.default",
        scm_audience="https://appservice.azure.us/.default",
        app_domains=("azurewebsites.us", "appserviceenvironment.us"),
        blob_domains=("blob.core.usgovcloudapi.net",),
    ),
    "china": Cloud(
        name="china",
        authority="https://login.chinacloudapi.cn",
        arm="https://management.chinacloudapi.cn",
        arm_audience="https://management.chinacloudapi.cn/.default",
        scm_audience="https://appservice.azure.cn/.default",
        app_domains=("chinacloudsites.cn", "appserviceenvironment.cn"),
        blob_domains=("blob.core.chinacloudapi.cn",),
    ),
}


def check_cloud(name: str) -> str | None:
    """Return why a text names no cloud, None where it does."""
    if name in CLOUDS:
        return None
    if "://" not in name:
        return f"must be one of {', '.join(CLOUDS)}, or the https URL of another's Resource Manager"
    return _check_address(name)


def parse_cloud(text: str | bytes, *, arm: str) -> Cloud:
    """Return the cloud that a Resource Manager describes; ValueError where it does not.

    The form is that of `metadata/endpoints`, API version 2022-09-01, which `az cloud register`
    reads too.
    """
    document = as_document(parse_json(text))
    authentication = table_of(document, "authentication")
    audiences = texts_of(authentication, "audiences")
    authority = _address(text_of(authentication, "loginEndpoint"), "where to sign in")
    audience = _address(audiences[0] if audiences else "", "for whom a token is")
    scm = (text_of(document, "appServiceResourceId") or audience).rstrip("/")
    _check_own(arm, audience, scm)
    return Cloud(
        name=arm,
        authority=authority,
        arm=arm.rstrip("/"),
        arm_audience=_scope(audience),
        scm_audience=_scope(scm),
    )


def _check_own(arm: str, *audiences: str) -> None:
    """Raise ValueError for a cloud that wants tokens of a known one: it could use them there.

    An Azure on this machine may: whoever runs it has them anyway.
    """
    host = parse_url(arm).host
    known = {one.arm: {one.arm_audience, one.scm_audience} for one in CLOUDS.values()}
    known["https://management.azure.com"].add("https://management.core.windows.net/.default")
    foreign = set[str]().union(*(own for url, own in known.items() if parse_url(url).host != host))
    if host not in _THIS_MACHINE and any(_scope(audience) in foreign for audience in audiences):
        raise ValueError("it asks for tokens of another cloud, which it could use there")


def _address(text: str, what: str) -> str:
    if _check_address(text) is not None:
        raise ValueError(f"it does not say {what}")
    return text.rstrip("/")


def _check_address(text: str) -> str | None:
    try:
        url = parse_url(text)
    except UrlError as error:
        return f"is no URL: {error}"
    return None if url.scheme == "https" else "must be https: nobody signs in in the clear"


def _scope(audience: str) -> str:
    return f"{audience.rstrip('/')}/.default"


def cloud_of(cloud: Cloud, ambient: Mapping[str, str]) -> Cloud:
    """Return a cloud, with the authority of AZURE_AUTHORITY_HOST where that is set.

    Raises ConfigError where the variable holds anything but an https address.
    """
    told = ambient.get(_AUTHORITY_VARIABLE, "").strip()
    if not told:
        return cloud
    try:
        url = parse_url(told if "://" in told else f"https://{told}")
    except UrlError as error:
        raise _wrong_authority(str(error)) from None
    if url.scheme != "https":
        raise _wrong_authority("it is not https, and nobody signs in in the clear")
    return replace(cloud, authority=f"{url.origin}{url.path}".rstrip("/"))


def _wrong_authority(reason: str) -> ConfigError:
    return ConfigError(
        (f"the variable {_AUTHORITY_VARIABLE} is no authority to sign in at: {reason}",),
        remedy=f"Take it out of the environment, or write {CLOUDS['public'].authority}. For "
        'another cloud: cloud = "us-government" or "china" in [tool.lading].',
    )
