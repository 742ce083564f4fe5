"""What Resource Manager is asked and told, and what its refusals become."""

from __future__ import annotations

import pytest

from lading.core.documents import as_document, table_of
from lading.core.errors import ConfigError, CredentialError, DeploymentFailed
from lading.core.hosting.sites import parse_site
from lading.core.secret import Secret
from lading.core.settings import parse_app_settings
from local_azure.cloud import Cloud
from local_azure.sites.site import Site
from tests.edges.azure.conftest import Deployer


def test_a_site_says_its_plan_and_its_hosts(deployer: Deployer, flex: Site, premium: Site) -> None:
    on_flex = parse_site(deployer.manager(flex).read_site())
    assert (on_flex.plan.kind, on_flex.python) == ("flex-consumption", "3.13")
    assert on_flex.package_storage is not None
    in_slot = parse_site(deployer.manager(premium, slot="staging").read_site())
    assert in_slot.plan.kind == "elastic-premium"
    assert in_slot.scm_host == premium.slots["staging"].scm_origin.removeprefix("https://")


def test_settings_are_read_and_replaced_for_the_app_and_for_a_slot(
    deployer: Deployer, premium: Site
) -> None:
    app, slot = deployer.manager(premium), deployer.manager(premium, slot="staging")
    app.write_settings({"COLOUR": Secret("blue")})
    slot.write_settings({"COLOUR": Secret("green")})
    assert premium.settings == {"COLOUR": "blue"}
    assert premium.slots["staging"].settings == {"COLOUR": "green"}
    read = parse_app_settings(app.read_settings())
    assert read is not None
    assert read.text("COLOUR") == "blue"


def test_every_value_of_a_setting_is_kept_from_texts(deployer: Deployer, premium: Site) -> None:
    deployer.manager(premium).read_settings()
    assert "not-to-be-shown" in {secret.reveal() for secret in deployer.kept}


def test_names_that_stay_with_a_slot_are_the_apps(deployer: Deployer, premium: Site) -> None:
    manager = deployer.manager(premium, slot="staging")
    names = dict(as_document(manager.read_slot_names()))
    names["properties"] = {"appSettingNames": ["COLOUR"]}
    manager.write_slot_names(names)
    assert premium.sticky.settings == ("COLOUR",)
    properties = table_of(as_document(manager.read_slot_names()), "properties")
    assert properties["appSettingNames"] == ["COLOUR"]


def test_a_host_gives_its_key_and_is_restarted(deployer: Deployer, premium: Site) -> None:
    manager = deployer.manager(premium)
    assert manager.read_master_key().reveal() == premium.keys.master
    manager.restart()
    assert premium.restarts == 1


@pytest.mark.parametrize("faults", [(), ("sync-no-content",)])
def test_triggers_are_synchronised_whatever_the_answer_is_called(
    deployer: Deployer, cloud: Cloud, flex: Site, faults: tuple[str, ...]
) -> None:
    for fault in faults:
        cloud.faults.switch_on(fault)
    deployer.manager(flex).sync_triggers()
    assert flex.syncs == 1


@pytest.mark.parametrize("faults", [(), ("swap-at-once",)])
def test_a_swap_is_waited_for(
    deployer: Deployer, cloud: Cloud, premium: Site, faults: tuple[str, ...]
) -> None:
    for fault in faults:
        cloud.faults.switch_on(fault)
    manager = deployer.manager(premium)
    manager.write_settings({"COLOUR": Secret("blue")})
    manager.swap_with_production("staging")
    assert premium.slots["staging"].settings == {"COLOUR": "blue"}


def test_functions_and_deployments_are_read(deployer: Deployer, premium: Site) -> None:
    manager = deployer.manager(premium)
    assert manager.read_functions() == ()
    assert as_document(manager.read_deployments())["value"] == []


def test_what_is_not_there_is_a_mistake_of_the_target(deployer: Deployer, premium: Site) -> None:
    with pytest.raises(ConfigError, match="there is no nobody in orders"):
        deployer.manager(premium, name="nobody").read_site()
    with pytest.raises(ConfigError, match=r"orders-premium \(slot canary\)"):
        deployer.manager(premium, slot="canary").read_settings()


@pytest.mark.parametrize("fault", ["reader", "no-role"])
def test_a_missing_right_names_the_role_and_where_to_give_it(
    deployer: Deployer, cloud: Cloud, premium: Site, fault: str
) -> None:
    cloud.faults.switch_on(fault)
    with pytest.raises(CredentialError, match="may not read or change the app settings") as caught:
        deployer.manager(premium).read_settings()
    assert '"Website Contributor"' in caught.value.remedy
    assert f"--scope {deployer.manager(premium).address.resource_id}" in caught.value.remedy


@pytest.mark.parametrize("fault", ["arm-busy", "arm-retry-after"])
def test_a_write_that_is_refused_is_not_sent_again(
    deployer: Deployer, cloud: Cloud, premium: Site, fault: str
) -> None:
    cloud.faults.switch_on(fault)
    with pytest.raises(DeploymentFailed, match="another operation is in progress"):
        deployer.manager(premium).write_settings({})
    # One answer is used up where the fault is over after as many occasions.
    cloud.faults.clear()
    cloud.faults.switch_on(fault, 1)
    with pytest.raises(DeploymentFailed):
        deployer.manager(premium).write_settings({"COLOUR": Secret("blue")})
    assert "COLOUR" not in premium.settings


@pytest.mark.parametrize("fault", ["arm-unavailable", "arm-throttled"])
def test_what_is_read_is_asked_for_again(
    deployer: Deployer, cloud: Cloud, premium: Site, fault: str
) -> None:
    cloud.faults.switch_on(fault, 2)
    assert parse_site(deployer.manager(premium).read_site()).name == "orders-premium"
    cloud.faults.switch_on(fault, 2)
    assert deployer.manager(premium).read_master_key().reveal() == premium.keys.master
