"""Resource Manager, asked by Microsoft's own client and by hand."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.core.rest import HttpRequest
from azure.mgmt.web import WebSiteManagementClient
from azure.mgmt.web.models import (
    CsmPublishingProfileOptions,
    SiteConfigResource,
    SitePatchResource,
)

from local_azure import LocalAzure
from local_azure.cloud import Cloud
from local_azure.identity.directory import APP_SERVICE, ARM
from local_azure.sites.hosting import Hosting, SiteSpec
from local_azure.sites.site import Site
from tests.local_azure.cloud.conftest import GROUP, Sender, raw


@pytest.mark.parametrize(
    ("hosting", "sku"),
    [
        ("flex", "FlexConsumption"),
        ("premium", "ElasticPremium"),
        ("dedicated", "PremiumV3"),
        ("consumption", "Dynamic"),
        ("container-apps", None),
    ],
)
def test_a_site_says_on_which_plan_it_is(
    hosting: Hosting, sku: str | None, cloud: Cloud, web: WebSiteManagementClient
) -> None:
    made = cloud.create(SiteSpec(name="orders", hosting=hosting, python="3.12"))
    site = web.web_apps.get(GROUP, "ORDERS")
    assert site.sku == sku
    assert site.reserved
    assert (site.managed_environment_id is not None) == (hosting == "container-apps")
    scm = [
        state.name for state in site.host_name_ssl_states or [] if state.host_type == "Repository"
    ]
    assert [f"https://{name}" for name in scm] == [made.scm_origin]
    flex = site.function_app_config
    assert (flex is not None) == (hosting == "flex")
    if flex is not None and flex.runtime is not None:
        assert flex.runtime.version == "3.12"


def test_what_flex_has_is_not_shown_to_old_clients(flex: Site, cloud: Cloud, send: Sender) -> None:
    url = f"{cloud.resource_manager.origin}{cloud.id_of(flex)}"
    old, new = (
        send("GET", f"{url}?api-version={version}", audience=ARM).json()["properties"]
        for version in ("2022-09-01", "2023-12-01")
    )
    assert "functionAppConfig" not in old
    assert new["functionAppConfig"]["runtime"] == {"name": "python", "version": "3.13"}


def test_paths_are_the_same_in_any_case(flex: Site, cloud: Cloud, send: Sender) -> None:
    here = cloud.resource_manager.origin
    path = f"{cloud.id_of(flex)}?api-version=2023-12-01"
    for written in (path, path.lower(), path.upper()):
        assert send("GET", f"{here}{written}", audience=ARM).json()["name"] == flex.name
    elsewhere = path.upper().replace(cloud.sites.id.upper(), "0" * 8)
    answer = send("GET", f"{here}{elsewhere}", audience=ARM)
    assert answer.json()["error"]["code"] == "SubscriptionNotFound"
    metadata = f"{here}/Metadata/Endpoints?Api-Version=2022-09-01"
    assert send("GET", metadata, audience="").status == 200
    assert send("GET", f"{flex.origin}/Admin/Host/Ping", audience="").status == 200
    assert send("GET", f"{flex.scm_origin}/API/Deployments").status == 200


def test_what_is_above_a_site_is_listed(
    flex: Site, premium: Site, web: WebSiteManagementClient
) -> None:
    assert {site.name for site in web.web_apps.list()} == {flex.name, premium.name}
    assert len([*web.web_apps.list_by_resource_group(GROUP)]) == 2
    plan = web.app_service_plans.get(GROUP, premium.spec.plan_name)
    assert plan.sku is not None
    assert plan.sku.tier == "ElasticPremium"
    (slot,) = web.web_apps.list_slots(GROUP, premium.name)
    assert slot.name == "orders-premium/staging"
    runtimes = web.provider.get_function_app_stacks(stack_os_type="Linux")
    assert [runtime.name for runtime in runtimes] == ["python"]


@pytest.mark.parametrize(
    ("group", "name", "says"),
    [
        ("orders", "nobody", "ResourceNotFound"),
        ("nowhere", "orders-flex", "ResourceGroupNotFound"),
    ],
)
def test_what_is_not_there_is_said_in_the_shape_that_the_client_reads(
    group: str, name: str, says: str, flex: Site, web: WebSiteManagementClient
) -> None:
    assert flex.name == "orders-flex"
    with pytest.raises(ResourceNotFoundError) as error:
        web.web_apps.get(group, name)
    assert error.value.error is not None
    assert error.value.error.code == says


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("", "MissingApiVersionParameter"),
        ("?api-version=soon", "InvalidApiVersionParameter"),
        ("?API-version=2099-01-01", "NoRegisteredProviderFound"),
    ],
)
def test_a_version_of_the_api_is_demanded(
    query: str, says: str, flex: Site, cloud: Cloud, send: Sender
) -> None:
    url = f"{cloud.resource_manager.origin}{cloud.id_of(flex)}{query}"
    answer = send("GET", url, audience=ARM)
    assert (answer.status, answer.json()["error"]["code"]) == (400, says)


def test_a_token_has_to_be_for_resource_manager(
    azure: LocalAzure, flex: Site, cloud: Cloud, send: Sender
) -> None:
    url = f"{cloud.resource_manager.origin}{cloud.id_of(flex)}?api-version=2023-12-01"
    said = [
        send("GET", url, audience=audience, headers=headers)
        for audience, headers in (
            ("", {}),
            ("", {"Authorization": "Bearer none"}),
            (APP_SERVICE, {}),
        )
    ]
    azure.entra.lifetime = 0
    said.append(send("GET", url, audience="", headers={"Authorization": f"Bearer {old(azure)}"}))
    assert {answer.status for answer in said} == {401}
    assert [answer.json()["error"]["code"] for answer in said] == [
        "AuthenticationFailed",
        "InvalidAuthenticationToken",
        "InvalidAuthenticationTokenAudience",
        "ExpiredAuthenticationToken",
    ]
    assert azure.authority in said[0].headers["WWW-Authenticate"]


def old(azure: LocalAzure) -> str:
    """Return a token for Resource Manager whose time is over."""
    return azure.entra.issue(azure.entra.directory.application, ARM)


def test_a_site_is_stopped_started_and_restarted(
    premium: Site, web: WebSiteManagementClient
) -> None:
    web.web_apps.stop(GROUP, premium.name)
    assert web.web_apps.get(GROUP, premium.name).state == "Stopped"
    web.web_apps.start(GROUP, premium.name)
    web.web_apps.restart(GROUP, premium.name, soft_restart=False, synchronous=True)
    assert web.web_apps.get(GROUP, premium.name).state == "Running"
    assert premium.restarts == 2


def test_publishing_with_a_password_is_a_policy(
    premium: Site, web: WebSiteManagementClient
) -> None:
    assert web.web_apps.get_scm_allowed(GROUP, premium.name).allow is False
    user = web.web_apps.begin_list_publishing_credentials(GROUP, premium.name).result()
    assert user.publishing_user_name == "$orders-premium"
    assert user.publishing_password == premium.publishing_password
    asked = CsmPublishingProfileOptions(format="WebDeploy")
    for allowed in (False, True):
        premium.basic_publishing = allowed
        told = web.web_apps.list_publishing_profile_xml_with_secrets(GROUP, premium.name, asked)
        profile = ET.fromstring(b"".join(told))[0]  # noqa: S314 - our own
        assert (profile.get("userPWD") == premium.publishing_password) == allowed
        assert f"https://{profile.get('publishUrl')}" == premium.scm_origin
    slot = web.web_apps.begin_list_publishing_credentials_slot(GROUP, premium.name, "staging")
    assert slot.result().publishing_user_name == "$orders-premium__staging"


def test_the_runtime_of_a_site_can_be_changed(flex: Site, web: WebSiteManagementClient) -> None:
    change = SitePatchResource(
        {"properties": {"functionAppConfig": {"runtime": {"name": "python", "version": "3.12"}}}}
    )
    changed = web.web_apps.update(GROUP, flex.name, change)
    assert changed.function_app_config is not None
    assert changed.function_app_config.runtime is not None
    assert changed.function_app_config.runtime.version == flex.python == "3.12"


def test_what_flex_has_no_room_for_is_refused(
    flex: Site, premium: Site, web: WebSiteManagementClient
) -> None:
    change = SiteConfigResource({"properties": {"ftpsState": "Disabled"}})
    with pytest.raises(HttpResponseError) as error:
        web.web_apps.update_configuration(GROUP, flex.name, change)
    assert "Site.SiteConfig.ftpsState is invalid" in raw(error.value).json()["Message"]
    web.web_apps.update_configuration(GROUP, premium.name, change)
    assert web.web_apps.get_configuration(GROUP, premium.name).ftps_state == "Disabled"


def test_a_flex_site_is_not_replaced_without_its_own_configuration(
    flex: Site, cloud: Cloud, web: WebSiteManagementClient
) -> None:
    url = f"{cloud.id_of(flex)}?api-version=2023-12-01"
    answer = web.send_request(HttpRequest("PUT", url, json={"properties": {}}))
    assert answer.status_code == 400
    assert "Site.FunctionAppConfig is invalid" in answer.json()["Message"]


Refused = Callable[[WebSiteManagementClient], object]


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("arm-busy", 409, "Conflict"),
        ("arm-plan-busy", 409, "Conflict"),
        ("arm-retry-after", 409, "Conflict"),
        ("arm-throttled", 429, "TooManyRequests"),
        ("arm-unavailable", 503, "ServiceUnavailable"),
    ],
)
def test_a_write_may_be_refused_for_now(
    fault: str, status: int, code: str, premium: Site, cloud: Cloud, web: WebSiteManagementClient
) -> None:
    cloud.faults.switch_on(fault, 1)
    with pytest.raises(HttpResponseError) as error:
        web.web_apps.restart(GROUP, premium.name)
    assert (error.value.status_code, premium.restarts) == (status, 0)
    told = raw(error.value).json()
    assert told.get("error", {}).get("code") == code or told["Code"] == code
    extended = {"arm-busy": "59203", "arm-plan-busy": "59205", "arm-retry-after": "59203"}
    if fault in extended:
        assert told["Details"][2]["ErrorEntity"]["ExtendedCode"] == extended[fault]
    assert isinstance(error.value, ResourceExistsError) == (status == 409)
    web.web_apps.restart(GROUP, premium.name)
    assert (premium.restarts, cloud.faults.met) == (1, (fault,))


def test_the_client_repeats_a_post_that_it_is_told_to_repeat(
    azure: LocalAzure, premium: Site, cloud: Cloud, web: WebSiteManagementClient
) -> None:
    cloud.faults.switch_on("arm-retry-after", 1)
    web.web_apps.restart(GROUP, premium.name, retry_total=3)
    assert premium.restarts == 1
    assert len(azure.log(host="resource-manager", path="/restart")) == 2


@pytest.mark.parametrize(
    ("fault", "actions"), [("", [["*"]]), ("reader", [["*/read"]]), ("no-role", [])]
)
def test_a_client_may_ask_what_it_may_do(
    fault: str, actions: list[list[str]], premium: Site, cloud: Cloud, send: Sender
) -> None:
    if fault:
        cloud.faults.switch_on(fault)
    for one in (premium, premium.slots["staging"]):
        url = f"{cloud.resource_manager.origin}{cloud.id_of(one)}"
        url += "/providers/Microsoft.Authorization/permissions?api-version=2022-04-01"
        told = send("GET", url, audience=ARM).json()["value"]
        assert [granted["actions"] for granted in told] == actions


@pytest.mark.parametrize("fault", ["reader", "no-role"])
def test_a_role_may_lack_the_right(
    fault: str, premium: Site, cloud: Cloud, web: WebSiteManagementClient
) -> None:
    cloud.faults.switch_on(fault)
    for asked, action in (
        (web.web_apps.list_application_settings, "config/appsettings/list/action"),
        (web.web_apps.restart, "restart/write"),
    ):
        with pytest.raises((ClientAuthenticationError, HttpResponseError)) as error:
            asked(GROUP, premium.name)
        assert error.value.status_code == 403
        assert error.value.error is not None
        assert error.value.error.code == "AuthorizationFailed"
        assert f"Microsoft.Web/sites/{action}" in str(error.value)
    if fault == "reader":
        assert web.web_apps.get(GROUP, premium.name).name == premium.name
