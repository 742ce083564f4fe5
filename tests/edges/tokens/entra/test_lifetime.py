"""A token is asked for once and replaced before it expires."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from lading.core.identity.clouds import AZURE_DEVOPS
from lading.edges.tokens.entra import Entra
from local_azure import LocalAzure
from tests.edges.tokens.entra.runs import Become


def test_several_users_share_one_token_and_sign_in_once(azure: LocalAzure, become: Become) -> None:
    run = become("client-secret")
    entra = Entra(run.surroundings)
    choice = entra.choose(None)
    assert choice is not None
    with ThreadPoolExecutor(4) as pool:
        tokens = set(pool.map(lambda _: entra.token(choice, AZURE_DEVOPS), range(8)))
    assert len(tokens) == 1
    assert len(azure.log(host="entra", credential="client-secret")) == 1


def test_a_token_is_replaced_before_it_expires(become: Become) -> None:
    run = become("client-secret")
    surroundings = run.surroundings
    entra = Entra(surroundings)
    choice = entra.choose(None)
    assert choice is not None
    first = entra.token(choice, AZURE_DEVOPS)
    run.now += 3000
    assert entra.token(choice, AZURE_DEVOPS) == first
    run.now += 400
    second = entra.token(choice, AZURE_DEVOPS)
    assert second.credential.password != first.credential.password
