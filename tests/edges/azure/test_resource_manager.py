"""What Resource Manager is asked and told; every answer comes back as it was given."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lading.core.access.asked import Answer
from lading.core.deployment.arm_replies import judge_arm, judge_operation
from lading.core.deployment.reactions import Accepted, Again, Look, NoAnswer, Refused
from lading.core.documents import Document, as_document, parse_json, table_of
from lading.core.hosting.sites import parse_site
from lading.core.secret import Secret
from lading.core.settings import parse_app_settings
from lading.edges.azure.resource_manager import Reply
from local_azure.cloud import Cloud
from local_azure.sites.site import Site
from tests.edges.azure.conftest import Deployer


def read(reply: Reply) -> Document:
    assert isinstance(reply, Answer)
    assert reply.status == 200, reply.body
    return as_document(parse_json(reply.body))


def test_a_site_says_its_plan_and_its_hosts(deployer: Deployer, flex: Site, premium: Site) -> None:
    on_flex = parse_site(read(deployer.manager(flex).read_site()))
    assert (on_flex.plan.kind, on_flex.python) == ("flex-consumption", "3.13")
    in_slot = parse_site(read(deployer.manager(premium, slot="staging").read_site()))
    assert in_slot.plan.kind == "elastic-premium"
    assert in_slot.scm_host == premium.slots["staging"].scm_origin.removeprefix("https://")


def test_settings_are_read_and_replaced_for_the_app_and_for_a_slot(
    deployer: Deployer, premium: Site
) -> None:
    app, slot = deployer.manager(premium), deployer.manager(premium, slot="staging")
    read(app.write_settings({"COLOUR": Secret("blue")}))
    read(slot.write_settings({"COLOUR": Secret("green")}))
    assert premium.settings == {"COLOUR": "blue"}
    assert premium.slots["staging"].settings == {"COLOUR": "green"}
    settings = parse_app_settings(read(app.read_settings()))
    assert settings is not None
    assert settings.text("COLOUR") == "blue"


def test_a_large_answer_is_read_whole(deployer: Deployer, premium: Site) -> None:
    premium.settings |= {f"N{number}": "x" * 10_000 for number in range(150)}
    settings = parse_app_settings(read(deployer.manager(premium).read_settings()))
    assert settings is not None
    assert settings.values.keys() >= {"N0", "N149"}


def test_values_and_keys_are_kept_from_texts(deployer: Deployer, premium: Site) -> None:
    manager = deployer.manager(premium)
    read(manager.read_settings())
    assert read(manager.read_host_keys())["masterKey"] == premium.keys.master
    kept = {secret.reveal() for secret in deployer.kept}
    assert {"not-to-be-shown", premium.keys.master} <= kept


def test_names_that_stay_with_a_slot_are_the_apps(deployer: Deployer, premium: Site) -> None:
    manager = deployer.manager(premium, slot="staging")
    names = dict(read(manager.read_slot_names()))
    names["properties"] = {"appSettingNames": ["COLOUR"]}
    read(manager.write_slot_names(names))
    assert premium.sticky.settings == ("COLOUR",)
    properties = table_of(read(manager.read_slot_names()), "properties")
    assert properties["appSettingNames"] == ["COLOUR"]


def test_a_host_is_restarted(deployer: Deployer, premium: Site) -> None:
    read(deployer.manager(premium).restart())
    assert premium.restarts == 1


def test_triggers_are_synchronised(deployer: Deployer, flex: Site) -> None:
    assert isinstance(judge_arm("sync", deployer.manager(flex).sync_triggers()), Accepted)
    assert flex.syncs == 1


def test_a_swap_that_takes_time_tells_where_its_end_is_told(
    deployer: Deployer, cloud: Cloud, premium: Site
) -> None:
    manager = deployer.manager(premium)
    read(manager.write_settings({"COLOUR": Secret("blue")}))
    begun = judge_arm("swap", manager.swap_with_production("staging"))
    assert isinstance(begun, Accepted)
    assert not begun.finished
    assert isinstance(judge_operation(manager.read_operation(begun.location)), Again)
    cloud.clock.skip(60.0)
    assert judge_operation(manager.read_operation(begun.location)) == Accepted(finished=True)
    assert premium.slots["staging"].settings == {"COLOUR": "blue"}


def test_a_swap_may_be_done_at_once(deployer: Deployer, cloud: Cloud, premium: Site) -> None:
    cloud.faults.switch_on("swap-at-once")
    begun = judge_arm("swap", deployer.manager(premium).swap_with_production("staging"))
    assert begun == Accepted(finished=True)


@pytest.mark.parametrize("place", ["", "https://elsewhere.example/operationresults/1"])
def test_nobody_else_is_asked_how_an_operation_stands(
    deployer: Deployer, premium: Site, place: str
) -> None:
    assert isinstance(deployer.manager(premium).read_operation(place), NoAnswer)


def test_functions_and_deployments_are_read(deployer: Deployer, premium: Site) -> None:
    manager = deployer.manager(premium)
    assert read(manager.read_functions())["value"] == []
    assert read(manager.read_deployments())["value"] == []


def test_a_package_is_fetched_from_a_url_that_is_kept_from_texts(
    deployer: Deployer, flex: Site
) -> None:
    url = Secret("https://acme.blob.core.windows.net/packages/one.zip?sig=signed")
    deployer.manager(flex).publish_from_url(url)
    assert url in deployer.kept


def test_what_is_not_there_is_refused(deployer: Deployer, premium: Site) -> None:
    for manager in (
        deployer.manager(premium, name="nobody"),
        deployer.manager(premium, slot="canary"),
    ):
        reaction = judge_arm("read", manager.read_settings())
        assert isinstance(reaction, Refused)
        assert reaction.code == "not-there"


@pytest.mark.parametrize("fault", ["reader", "no-role"])
def test_a_missing_right_names_the_role(
    deployer: Deployer, cloud: Cloud, premium: Site, fault: str
) -> None:
    cloud.faults.switch_on(fault)
    reaction = judge_arm("read", deployer.manager(premium).read_settings())
    assert isinstance(reaction, Refused)
    assert "Website Contributor" in reaction.remedy


@pytest.mark.parametrize("fault", ["arm-busy", "arm-retry-after"])
def test_a_write_that_is_refused_is_not_sent_again(
    deployer: Deployer, cloud: Cloud, premium: Site, fault: str
) -> None:
    # One answer is used up where the fault is over after as many occasions.
    cloud.faults.switch_on(fault, 1)
    reply = deployer.manager(premium).write_settings({"COLOUR": Secret("blue")})
    assert isinstance(judge_arm("write-settings", reply), Again)
    assert "COLOUR" not in premium.settings


@pytest.mark.parametrize("fault", ["arm-unavailable", "arm-throttled"])
def test_what_is_read_is_asked_for_again(
    deployer: Deployer, cloud: Cloud, premium: Site, fault: str
) -> None:
    cloud.faults.switch_on(fault, 2)
    assert parse_site(read(deployer.manager(premium).read_site())).name == "orders-premium"
    cloud.faults.switch_on(fault, 2)
    assert read(deployer.manager(premium).read_host_keys())["masterKey"] == premium.keys.master


def test_where_nobody_listens_there_is_no_answer(deployer: Deployer, premium: Site) -> None:
    nowhere = replace(deployer.account.cloud, arm="https://localhost:1")
    deployer.account = replace(deployer.account, cloud=nowhere)
    reply = deployer.manager(premium).restart()
    assert isinstance(reply, NoAnswer)
    assert isinstance(judge_arm("restart", reply), Look)
