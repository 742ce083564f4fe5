"""A release is proven by several pieces of evidence of several origins, and never by one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.core.deployment.evidence import (
    Pool,
    answer_evidence,
    deployment_evidence,
    functions_evidence,
    host_evidence,
    label_evidence,
    swap_evidence,
)
from lading.core.deployment.proof import (
    Demand,
    Evidence,
    EvidenceKind,
    Origin,
    Says,
    demand_of,
    next_look,
    weigh,
)
from lading.core.deployment.scm_records import DeploymentRecord
from lading.core.deployment.scm_verdicts import EndedWell, Failed, Running, Unknown
from lading.core.deployment.state import HostStatus, ListedFunction
from lading.core.verification import Label
from tests.deployments import NEW, OLD, PACKAGE

ORIGINS: dict[EvidenceKind, Origin] = {
    "label": "SCM",
    "deployment": "SCM",
    "functions": "Resource Manager",
    "host": "the app",
    "answer": "the app",
}
FLEX = demand_of("publish", imported=True)
ZIP = demand_of("zip-deploy", imported=True)
# Nothing but Resource Manager can be asked.
PRIVATE = demand_of("publish", imported=True, scm_closed=True, host_closed=True)


def pieces(**said: Says) -> list[Evidence]:
    kinds = {kind: origin for kind, origin in ORIGINS.items() if kind in said}
    return [
        Evidence(kind=kind, says=said[kind], text=kind, origin=origin)
        for kind, origin in kinds.items()
    ]


@pytest.mark.parametrize(
    ("demand", "said", "verdict", "exit_code"),
    [
        (FLEX, {"deployment": "new", "functions": "new", "host": "new"}, "proven", 0),
        (FLEX, {"answer": "new", "functions": "new"}, "proven", 0),
        # Its record was forgotten, and the app says what it runs.
        (FLEX, {"deployment": "nothing", "answer": "new", "functions": "new"}, "proven", 0),
        (FLEX, {"deployment": "new"}, "unknown", 8),
        (FLEX, {"deployment": "new", "functions": "new"}, "unknown", 8),
        (FLEX, {"deployment": "new", "functions": "nothing", "host": "new"}, "unknown", 8),
        (FLEX, {"deployment": "new", "functions": "new", "host": "old"}, "unknown", 8),
        (FLEX, {"deployment": "nothing", "functions": "new", "host": "new"}, "unknown", 8),
        (FLEX, {"functions": "new", "host": "new"}, "unknown", 8),
        (FLEX, {"answer": "new"}, "unknown", 8),
        (FLEX, {"deployment": "old", "functions": "new", "host": "new"}, "contradicted", 7),
        (FLEX, {"answer": "old", "deployment": "nothing"}, "contradicted", 7),
        (FLEX, {"answer": "old", "deployment": "new", "host": "new"}, "contradicted", 7),
        (FLEX, {"deployment": "new", "functions": "new", "host": "broken"}, "contradicted", 8),
        (FLEX, {"answer": "other", "functions": "new"}, "contradicted", 8),
        (ZIP, {"label": "new", "functions": "new"}, "proven", 0),
        (ZIP, {"label": "new", "host": "new"}, "proven", 0),
        (ZIP, {"label": "new"}, "unknown", 8),
        (ZIP, {"label": "new", "functions": "nothing"}, "unknown", 8),
        (ZIP, {"label": "old", "functions": "new", "host": "new"}, "contradicted", 7),
        (ZIP, {"label": "other", "functions": "new"}, "contradicted", 8),
        # The package is new, and the process that answers is not.
        (ZIP, {"label": "new", "answer": "old", "functions": "new"}, "contradicted", 8),
        (ZIP, {"label": "new", "host": "broken", "functions": "new"}, "contradicted", 8),
        (ZIP, {"label": "nothing", "functions": "new", "host": "new"}, "unknown", 8),
        # Where SCM does not show what the app has mounted, what is enough on Flex is enough.
        (ZIP, {"deployment": "new", "functions": "new", "host": "new"}, "proven", 0),
        (ZIP, {"label": "old", "deployment": "new", "host": "new"}, "contradicted", 7),
        (ZIP, {}, "unknown", 8),
    ],
)
def test_what_the_evidence_comes_to(
    demand: Demand, said: dict[str, Says], verdict: str, exit_code: int
) -> None:
    proof = weigh(pieces(**said), demand)
    assert (proof.verdict, proof.exit_code) == (verdict, exit_code)


def test_a_private_app_is_proven_through_resource_manager_alone_and_says_so() -> None:
    found = [
        replace(piece, origin="Resource Manager")
        for piece in pieces(deployment="new", functions="new", host="new")
    ]
    assert weigh(found, PRIVATE).alone
    assert weigh(found, PRIVATE).verdict == "proven"
    # Where others could be asked, one origin is too few.
    assert weigh(found, FLEX).verdict == "unknown"


def test_of_a_package_that_was_not_imported_no_functions_are_expected() -> None:
    demand = demand_of("publish", imported=False)
    assert weigh(pieces(deployment="new", host="new"), demand).verdict == "proven"
    zip_demand = demand_of("zip-deploy", imported=False)
    assert weigh(pieces(label="new", functions="nothing"), zip_demand).verdict == "unknown"
    assert weigh(pieces(label="new", host="new"), zip_demand).verdict == "proven"


all_says = st.dictionaries(
    st.sampled_from(tuple(ORIGINS)),
    st.sampled_from(("new", "old", "other", "broken", "nothing")),
)
demands = st.builds(
    demand_of,
    st.sampled_from(("publish", "zip-deploy")),
    imported=st.booleans(),
    scm_closed=st.booleans(),
    host_closed=st.booleans(),
)


@given(all_says, demands)
def test_no_release_is_proven_by_one_origin_or_against_its_own_bytes(
    said: dict[str, Says], demand: Demand
) -> None:
    proof = weigh(pieces(**said), demand)
    if proof.verdict != "proven":
        assert proof.exit_code in {7, 8}
        return
    speaking = [piece for piece in proof.evidence if piece.says == "new"]
    assert len(speaking) >= 2
    assert len({piece.origin for piece in speaking}) >= 2 or demand.alone
    assert not {said.get("label"), said.get("answer")} & {"old", "other"}
    assert said.get("host") != "broken"


@given(all_says, demands)
def test_seven_means_that_what_ran_before_is_known_to_run(
    said: dict[str, Says], demand: Demand
) -> None:
    proof = weigh(pieces(**said), demand)
    if proof.exit_code == 7:
        assert "old" in {said.get(kind) for kind in ("label", "answer", "deployment")}
        assert "new" not in {said.get("label"), said.get("answer")}


def test_a_proof_is_waited_for_and_lagging_triggers_are_synchronised() -> None:
    lags = weigh(pieces(deployment="new", functions="nothing", host="new"), FLEX)
    assert next_look(lags, waited=5, since_sync=5) == "look again"
    assert next_look(lags, waited=61, since_sync=61) == "synchronise"
    assert next_look(lags, waited=65, since_sync=4) == "look again"
    assert next_look(lags, waited=300, since_sync=61) == "enough"
    proven = weigh(pieces(label="new", host="new"), ZIP)
    assert next_look(proven, waited=0, since_sync=0) == "enough"
    failed = weigh(pieces(deployment="old"), FLEX)
    assert next_look(failed, waited=0, since_sync=0) == "enough"
    # A host that restarts says strange things for a while.
    broken = weigh(pieces(deployment="new", host="broken"), FLEX)
    assert next_look(broken, waited=5, since_sync=5) == "look again"


@pytest.mark.parametrize(
    ("content", "before", "says"),
    [(NEW, OLD, "new"), (NEW, NEW, "new"), (OLD, OLD, "old"), (OLD, "", "other")],
)
def test_a_label_that_was_read_back_is_compared_with_both(
    content: str, before: str, says: Says
) -> None:
    label = Label(content_sha256=content, python="3.13")
    assert label_evidence(label, PACKAGE, before=before).says == says
    assert answer_evidence(content, PACKAGE, before=before).says == says


def test_what_cannot_be_read_says_nothing() -> None:
    assert label_evidence(None, PACKAGE, before=OLD).says == "nothing"
    assert answer_evidence("", PACKAGE, before=OLD).says == "nothing"
    assert deployment_evidence(None).says == "nothing"
    assert deployment_evidence(Unknown(text="gone")).says == "nothing"
    assert deployment_evidence(Running(text="busy")).says == "nothing"
    assert host_evidence(None, deployed=9).says == "nothing"
    assert swap_evidence(swapped=False).says == "nothing"


def test_the_record_of_the_own_deployment_is_told_with_its_id() -> None:
    record = DeploymentRecord(id="3f394416-aaaa", status=4)
    well = deployment_evidence(EndedWell(record=record))
    assert (well.says, well.text) == ("new", "the deployment 3f394416 ended well")
    partly = deployment_evidence(EndedWell(record=record, partly=True))
    assert "but for a step after" in partly.text
    failed = deployment_evidence(Failed(code="c", text="it failed", remedy="r"))
    assert (failed.says, failed.text) == ("old", "it failed")
    assert swap_evidence(swapped=True).says == "new"


@pytest.mark.parametrize(
    ("listed", "says", "words"),
    [
        (["get_price", "check_prices"], "new", "lists the 2 functions that verification saw"),
        (["get_price", "check_prices", "WarmUp"], "new", "2 functions"),
        ([], "nothing", "no function yet"),
        (["WarmUp"], "nothing", "no function yet"),
        (["get_price"], "old", "lacks check_prices"),
        (["check_prices", "a", "b", "c", "d"], "nothing", "lacks get_price and still has a, b, c"),
    ],
)
def test_the_functions_that_azure_lists_are_those_that_verification_saw(
    listed: list[str], says: Says, words: str
) -> None:
    functions = [ListedFunction(name=name) for name in listed]
    piece = functions_evidence(functions, PACKAGE, before=["get_price"])
    assert piece.says == says
    assert words in piece.text


def test_a_package_that_was_not_imported_has_no_functions_to_expect() -> None:
    package = replace(PACKAGE, functions=(), unproven="no interpreter")
    listed = [ListedFunction(name="x")]
    assert functions_evidence(listed, package, before=()).says == "nothing"


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (HostStatus(state="Running", uptime=12.0), "new"),
        (HostStatus(state="Running", uptime=90.0), "old"),
        (HostStatus(state="Running"), "nothing"),
        (HostStatus(state="Starting", uptime=1.0), "nothing"),
        (HostStatus(state="Error", uptime=1.0), "broken"),
        (HostStatus(state="Running", uptime=1.0, errors=("no storage",)), "broken"),
    ],
)
def test_a_host_is_younger_than_its_deployment(status: HostStatus, says: Says) -> None:
    assert host_evidence(status, deployed=60.0).says == says


@pytest.mark.parametrize(
    ("instance", "pool", "says"),
    [
        ("b", Pool(seen=frozenset({"a"})), "new"),
        ("b", Pool(seen=frozenset()), "new"),
        ("a", Pool(seen=frozenset({"a"})), "old"),
        ("", Pool(seen=frozenset({"a"})), "old"),
        ("b", Pool(), "nothing"),
        ("b", None, "old"),
    ],
)
def test_a_host_from_a_pool_is_known_by_its_instance(
    instance: str, pool: Pool | None, says: Says
) -> None:
    status = HostStatus(state="Running", uptime=9999.0, instance=instance)
    assert host_evidence(status, deployed=60.0, pool=pool).says == says


def test_a_host_that_nothing_restarts_may_be_of_any_age() -> None:
    piece = host_evidence(HostStatus(state="Running", uptime=9999.0), deployed=float("inf"))
    assert (piece.says, piece.text) == ("new", "the host runs since 9999 s")


@pytest.mark.parametrize(
    "host",
    [
        host_evidence(None, deployed=60.0),
        host_evidence(HostStatus(state="Starting", uptime=1.0), deployed=60.0),
        host_evidence(HostStatus(state="Running", uptime=90.0), deployed=60.0),
    ],
    ids=["silent", "starting", "old"],
)
def test_nothing_is_proven_while_the_process_is_not_that_of_the_release(host: Evidence) -> None:
    said = [*pieces(label="new", functions="new"), host]
    proof = weigh(said, ZIP)
    assert (proof.verdict, proof.exit_code) == ("unknown", 8)
    assert next_look(proof, waited=5, since_sync=5) == "look again"
    # It answers itself, with the new content.
    assert weigh([*said, *pieces(answer="new")], ZIP).verdict == "proven"


def test_a_host_that_only_resource_manager_could_ask_may_stay_silent() -> None:
    silent = host_evidence(None, deployed=60.0, origin="Resource Manager")
    assert weigh([*pieces(label="new", functions="new"), silent], ZIP).verdict == "proven"
