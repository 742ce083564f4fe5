"""Sites are told apart by what Resource Manager says of them, never by their names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.core.errors import DeploymentFailed
from lading.core.hosting import DEDICATED, ELASTIC_PREMIUM, FLEX_CONSUMPTION, Site, Switch
from lading.core.hosting.sites import parse_site
from lading.core.identity.clouds import CLOUDS

HOSTS = [
    {"name": "orders-x1.swedencentral-01.azurewebsites.net", "hostType": "Standard"},
    {"name": "orders-x1.scm.swedencentral-01.azurewebsites.net", "hostType": "Repository"},
]


def document(kind: str = "functionapp,linux", **properties: object) -> dict[str, object]:
    return {
        "name": "orders",
        "kind": kind,
        "properties": {
            "sku": "FlexConsumption",
            "state": "Running",
            "reserved": True,
            "hostNameSslStates": HOSTS,
            "siteConfig": {"linuxFxVersion": ""},
            **properties,
        },
    }


def fx(version: str) -> dict[str, object]:
    return {"linuxFxVersion": version}


def test_a_site_on_flex_consumption_is_told_whole() -> None:
    site = parse_site(
        document(
            defaultHostName="orders-x1.swedencentral-01.azurewebsites.net",
            functionAppConfig={
                "runtime": {"name": "python", "version": "3.13"},
                "deployment": {
                    "storage": {
                        "type": "blobContainer",
                        "value": "https://acme.blob.core.windows.net/app-package",
                        "authentication": {"type": "UserAssignedIdentity"},
                    }
                },
            },
        )
    )
    assert site == Site(
        name="orders",
        plan=FLEX_CONSUMPTION,
        linux=True,
        state="Running",
        host="orders-x1.swedencentral-01.azurewebsites.net",
        scm_host="orders-x1.scm.swedencentral-01.azurewebsites.net",
        runtime="python",
        python="3.13",
    )
    assert site.refusal is None
    assert not site.is_stopped


PUBLIC = CLOUDS["public"].app_domains


@pytest.mark.parametrize(
    "hosts",
    [
        ["orders.scm.azurewebsites.net"],
        ["Orders-x1.SCM.northeurope-01.AzureWebsites.net"],
        ["orders.scm.acme.appserviceenvironment.net"],
        # An environment with a domain of its own: there no token is taken.
        ["orders.scm.acme.test", "orders.scm.acme.appserviceenvironment.net"],
    ],
)
def test_the_scm_host_is_the_one_of_its_cloud(hosts: list[str]) -> None:
    rows = [{"name": host, "hostType": "Repository"} for host in hosts]
    site = parse_site(document(hostNameSslStates=rows), domains=PUBLIC)
    assert (site.scm_host, site.foreign_scm) == (hosts[-1], "")


@pytest.mark.parametrize(
    "host",
    [
        "orders.scm.acme.test",
        "evil.test/.azurewebsites.net",
        "evil.test:1@orders.azurewebsites.net",
        "azurewebsites.net.evil.test",
        "evilazurewebsites.net",
    ],
)
def test_no_token_goes_to_a_host_of_no_cloud(host: str) -> None:
    rows = [{"name": host, "hostType": "Repository"}]
    site = parse_site(document(hostNameSslStates=rows), domains=PUBLIC)
    assert (site.scm_host, site.foreign_scm) == ("", host)


def test_a_cloud_whose_domains_are_not_known_has_any_host() -> None:
    rows = [{"name": "orders.scm.azure.test:8443", "hostType": "Repository"}]
    assert parse_site(document(hostNameSslStates=rows)).scm_host == "orders.scm.azure.test:8443"


@pytest.mark.parametrize(
    ("sku", "kind"),
    [
        ("FlexConsumption", "flex-consumption"),
        ("flexconsumption", "flex-consumption"),
        ("Dynamic", "consumption"),
        ("ElasticPremium", "elastic-premium"),
        ("PremiumV3", "dedicated"),
        ("Basic", "dedicated"),
        ("IsolatedV2", "dedicated"),
        (None, "dedicated"),
    ],
)
def test_the_plan_follows_from_the_sku(sku: str | None, kind: str) -> None:
    assert parse_site(document(sku=sku)).plan.kind == kind


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (document(sku="Dynamic"), "Consumption plan.*flex-migration"),
        (document(managedEnvironmentId="/subscriptions/s/x"), "Container Apps.*image"),
        (
            document(kind="functionapp,linux,container,azurecontainerapps"),
            "Container Apps.*image",
        ),
        (
            document(sku="ElasticPremium", siteConfig=fx("DOCKER|acme.azurecr.io/orders:1")),
            "container image acme.azurecr.io/orders:1.*without a container",
        ),
        (
            document(kind="functionapp", sku="ElasticPremium", reserved=False),
            "Windows.*Create the Function App on Linux",
        ),
    ],
)
def test_what_takes_no_package_says_what_will_do_it(value: object, words: str) -> None:
    refusal = parse_site(value).refusal
    assert refusal is not None
    first, second = words.split(".*")
    assert first in refusal.reason
    assert second in refusal.remedy


@pytest.mark.parametrize(
    ("version", "found"),
    [
        ("Python|3.11", ("python", "3.11")),
        ("PYTHON|3.12", ("python", "3.12")),
        ("Node|20", ("node", "")),
        ("", ("", "")),
    ],
)
def test_outside_of_flex_the_python_is_in_the_version_of_the_image(
    version: str, found: tuple[str, str]
) -> None:
    site = parse_site(document(sku="ElasticPremium", siteConfig=fx(version)))
    assert (site.plan, site.runtime, site.python) == (ELASTIC_PREMIUM, *found)


def test_a_stopped_site_and_a_prepared_swap_are_seen() -> None:
    site = parse_site(document(sku="Basic", state="stopped", targetSwapSlot="production"))
    assert site.plan is DEDICATED
    assert site.is_stopped
    assert site.swap_target == "production"


@pytest.mark.parametrize(
    "value", [None, [], {}, {"kind": "app,linux", "properties": {"sku": "Basic"}, "name": "site"}]
)
def test_what_is_no_function_app_is_refused(value: object) -> None:
    with pytest.raises(DeploymentFailed, match="no Function App"):
        parse_site(value)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
KEYS = ("sku", "hostNameSslStates", "siteConfig", "functionAppConfig", "state", "defaultHostName")


@given(st.dictionaries(st.sampled_from(KEYS), anything))
def test_whatever_azure_answers_is_a_site(properties: dict[str, object]) -> None:
    value = document()
    value["properties"] = {"reserved": True, **properties}
    assert parse_site(value).name == "orders"


def test_a_switch_is_met_by_every_value_that_means_the_same() -> None:
    off = Switch(value="false", tolerated=frozenset({"false", "0"}))
    assert [off.is_met_by(value) for value in ("false", "False", "0", "true", None)] == [
        *(True, True, True),
        *(False, False),
    ]
    gone = Switch(value=None)
    assert gone.is_met_by(None)
    assert not gone.is_met_by("1")


def test_only_plans_without_a_package_are_refused_and_flex_has_no_slots() -> None:
    assert not FLEX_CONSUMPTION.has_slots
    assert ELASTIC_PREMIUM.has_slots
    assert DEDICATED.character == ELASTIC_PREMIUM.character == "zip-deploy"
    assert FLEX_CONSUMPTION.character == "publish"
