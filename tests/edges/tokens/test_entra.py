"""Every way to sign in gives a token, says what went wrong in words, and shows nobody a secret."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from lading.core.errors import ConfigError, CredentialError
from lading.core.identity import METHODS, Method, parse_identity
from lading.core.identity.clouds import AZURE_DEVOPS, CLOUDS, Cloud
from lading.core.identity.refusals import UnavailableError
from lading.core.secret import Secret
from lading.edges.http import Http, TimeLimits
from lading.edges.tokens.entra import Entra
from lading.edges.tokens.surroundings import Surroundings
from local_azure import LocalAzure
from local_azure.identity.runs import Place
from local_sources import LocalSources
from local_sources.faults import Fault


@dataclass(kw_only=True)
class Run:
    """A run with an identity: its environment, what it was told to keep, and its clock."""

    ambient: dict[str, str]
    folder: Path
    kept: list[Secret] = field(default_factory=list)
    limits: TimeLimits | None = None
    now: float = field(default_factory=time.time)

    @property
    def surroundings(self) -> Surroundings:
        """Return what an obtainer of tokens is given; each time with an empty shelf."""
        http = Http(self.ambient, limits=self.limits, sleep=lambda _: None)
        return Surroundings(
            ambient=self.ambient, http=http, keep=self.kept.append, now=lambda: self.now
        )

    def token(self, identity: str | None = None, **options: float) -> str:
        """Return a token for Azure DevOps as a run that declares `identity` obtains it."""
        entra = Entra(self.surroundings, **options)
        choice = entra.choose(parse_identity(identity) if identity else None)
        assert choice is not None
        return entra.token(choice, AZURE_DEVOPS).credential.password.reveal()


Become = Callable[..., Run]


@pytest.fixture
def become(
    azure: LocalAzure, sources: LocalSources, ambient: dict[str, str], tmp_path: Path
) -> Become:
    """Return what gives the run of a method."""

    def run(
        method: Method,
        *,
        place: Place = "machine",
        limits: TimeLimits | None = None,
        **variables: str,
    ) -> Run:
        folder = tmp_path / "run"
        told = {
            **sources.environment(ambient),
            **azure.variables(method, folder=folder, place=place),
            **variables,
        }
        return Run(ambient=told, folder=folder, limits=limits)

    return run


@pytest.mark.parametrize("method", METHODS)
def test_every_way_gives_a_token_for_azure_devops(
    method: Method, azure: LocalAzure, become: Become
) -> None:
    run = become(method)
    before = dict(os.environ)
    token = run.token(method)
    assert azure.entra.recognises_devops(token)
    assert dict(os.environ) == before
    kept = {secret.reveal() for secret in run.kept}
    assert token in kept
    # Everything that is shown on the way, a proof too, was told before; `az` shows its own.
    if method not in {"azure-cli", "azd", "managed-identity"}:
        assert {secret.strip() for secret in azure.secrets(method)} <= kept
    assert all(isinstance(secret, str) for secret in kept)
    if method in {"azure-pipelines", "github-actions"}:
        assert set(azure.issued) <= kept


@pytest.mark.parametrize("method", METHODS)
def test_the_place_of_a_run_leads_to_its_own_way(
    method: Method, azure: LocalAzure, become: Become
) -> None:
    run = become(method, place="app-service")
    if method == "azd":
        (run.folder / "az").unlink()
    choice = Entra(run.surroundings).choose(None)
    assert choice is not None
    assert choice.identity.method == method
    assert azure.entra.recognises_devops(run.token())


@pytest.mark.parametrize("method", ["client-secret", "github-actions", "managed-identity", "azd"])
@pytest.mark.parametrize("cloud", CLOUDS.values(), ids=lambda cloud: cloud.name)
def test_a_token_is_for_the_audience_that_a_cloud_has(
    method: Method, cloud: Cloud, azure: LocalAzure, become: Become
) -> None:
    entra = Entra(become(method).surroundings)
    choice = entra.choose(parse_identity(method))
    assert choice is not None
    for audience in (cloud.arm_audience, cloud.scm_audience):
        issued = entra.token(choice, audience)
        token = issued.credential.password.reveal()
        assert azure.entra.recognises(token, audience.removesuffix("/.default"))
        assert issued.credential.authorization().reveal() == f"Bearer {token}"


def test_a_user_assigned_identity_is_named(azure: LocalAzure, become: Become) -> None:
    user_assigned = azure.entra.directory.user_assigned
    assert user_assigned is not None
    client = user_assigned.client_id
    for place in ("machine", "app-service"):
        run = become("managed-identity", place=place)
        assert azure.entra.recognises_devops(run.token(f"managed-identity:{client}"))


def test_what_app_service_wants_to_see_is_kept_before(azure: LocalAzure, become: Become) -> None:
    run = become("managed-identity", place="app-service")
    run.token()
    assert run.kept[0].reveal() == azure.app_service.header


def test_a_principal_is_read_from_the_document_that_azure_login_takes(
    azure: LocalAzure, become: Become
) -> None:
    run = become("client-secret", AZURE_CREDENTIALS=azure.credentials_json)
    for name in ("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_CLIENT_SECRET"):
        del run.ambient[name]
    assert azure.entra.recognises_devops(run.token())
    assert run.kept[0].reveal() == azure.entra.client_secret


def test_a_connection_is_found_by_its_name(azure: LocalAzure, become: Become) -> None:
    run = become("azure-pipelines")
    for name in ("CLIENT_ID", "TENANT_ID", "SERVICE_CONNECTION_ID"):
        del run.ambient[f"AZURESUBSCRIPTION_{name}"]
    for argument in (azure.azure_pipelines.connection.name, azure.azure_pipelines.connection.id):
        token = run.token(f"azure-pipelines:{argument}")
        assert azure.entra.recognises_devops(token)


def test_a_connection_that_the_pipeline_may_not_use_is_told(
    azure: LocalAzure, become: Become
) -> None:
    azure.azure_pipelines.connections = []
    with pytest.raises(CredentialError, match="no service connection") as caught:
        become("azure-pipelines").token("azure-pipelines:prod")
    assert "Pipeline permissions" in caught.value.remedy


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


@pytest.mark.parametrize("program", ["az", "azd"])
def test_a_program_is_given_no_secret(program: str, azure: LocalAzure, become: Become) -> None:
    run = become(
        "azure-cli",
        SYSTEM_ACCESSTOKEN="s3cr3t-of-the-job",
        AZURE_CLIENT_SECRET="s3cr3t-of-the-app",
        ACTIONS_ID_TOKEN_REQUEST_TOKEN="s3cr3t-of-github",
        MY_OWN_PASSWORD="s3cr3t-of-mine",
    )
    run.token("azure-cli" if program == "az" else "azd")
    (call,) = azure.calls(run.folder)
    assert call.program == program
    assert "s3cr3t" not in str(call.environment)
    assert set(call.environment) & {"AZURE_CONFIG_DIR", "HOME", "PATH"}


@pytest.mark.parametrize(("method", "says"), [("azure-cli", "az login"), ("azd", "azd auth login")])
def test_a_program_that_nobody_signed_in_is_unavailable(
    method: Method, says: str, azure: LocalAzure, become: Become
) -> None:
    run = become(method)
    azure.sign_out(run.folder)
    with pytest.raises(UnavailableError, match="not signed in") as caught:
        run.token(method)
    assert says in caught.value.remedy


def test_a_program_that_is_absent_is_unavailable(become: Become) -> None:
    run = become("client-secret")
    with pytest.raises(UnavailableError, match="az is not on PATH"):
        run.token("azure-cli")


def test_a_program_that_hangs_is_ended(become: Become) -> None:
    run = become("azure-cli")
    (run.folder / "az").write_text("#!/bin/sh\nsleep 300\n")
    with pytest.raises(UnavailableError, match=r"did not end within 1 s"):
        run.token("azure-cli", program_limit=1)


def test_a_program_that_prints_something_else_is_told_without_what_it_printed(
    become: Become,
) -> None:
    run = become("azure-cli")
    (run.folder / "az").write_text('#!/bin/sh\necho \'{"accessToken": "s3cr3t"}\'\n')
    with pytest.raises(CredentialError, match="no token that can be read") as caught:
        run.token("azure-cli")
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize("method", ["client-secret", "workload-identity", "azure-cli", "azd"])
@pytest.mark.parametrize("code", [7000215, 90002, 53003])
def test_a_refusal_is_told_by_its_code(
    method: Method, code: int, azure: LocalAzure, become: Become
) -> None:
    azure.entra.refuse(code)
    with pytest.raises(CredentialError, match=f"AADSTS{code}") as caught:
        become(method).token(method)
    assert not isinstance(caught.value, UnavailableError)
    assert "Trace ID" not in caught.value.message
    assert caught.value.__cause__ is None


def test_a_wrong_secret_is_told_and_not_shown(become: Become) -> None:
    run = become("client-secret", AZURE_CLIENT_SECRET="not-the-s3cr3t-at-all")
    with pytest.raises(CredentialError, match="the client secret is wrong") as caught:
        run.token()
    assert "s3cr3t" not in str(caught.value)
    assert "not its id" in caught.value.remedy


def test_a_mismatch_shows_the_subject_that_was_presented(azure: LocalAzure, become: Become) -> None:
    azure.entra.refuse(700213)
    with pytest.raises(CredentialError) as caught:
        become("github-actions").token()
    assert azure.github_actions.subject in caught.value.message


@pytest.mark.parametrize(
    ("method", "variable"),
    [
        ("github-actions", "ACTIONS_ID_TOKEN_REQUEST_URL"),
        ("azure-pipelines", "SYSTEM_OIDCREQUESTURI"),
    ],
)
def test_an_endpoint_in_the_clear_is_told_before_anything_is_sent(
    method: Method, variable: str, azure: LocalAzure, become: Become
) -> None:
    run = become(method)
    host = azure.github_actions if method == "github-actions" else azure.azure_pipelines
    run.ambient[variable] = run.ambient[variable].replace(host.origin, azure.plain.origin)
    assert run.ambient[variable].startswith("http://")
    with pytest.raises(CredentialError, match="not https"):
        run.token(method)
    assert not azure.log()


def test_an_authority_in_the_clear_is_refused(azure: LocalAzure, become: Become) -> None:
    run = become("client-secret", AZURE_AUTHORITY_HOST=azure.plain.origin)
    with pytest.raises(ConfigError, match="not https"):
        run.token()
    assert not azure.log()


@pytest.mark.parametrize(
    ("variable", "identity"),
    [
        ("AZURE_POD_IDENTITY_AUTHORITY_HOST", "managed-identity"),
        ("IDENTITY_ENDPOINT", "managed-identity"),
    ],
)
def test_a_machine_asks_in_the_clear_only_on_its_own_link(
    variable: str, identity: str, azure: LocalAzure, become: Become
) -> None:
    run = become("managed-identity", IDENTITY_HEADER="s3cr3t")
    run.ambient[variable] = "http://metadata.example.com"
    with pytest.raises(CredentialError, match="not https") as caught:
        run.token(identity)
    assert not isinstance(caught.value, UnavailableError)
    assert not azure.log()


def test_a_machine_without_a_metadata_service_is_told_soon(
    azure: LocalAzure, become: Become
) -> None:
    run = become("managed-identity")
    azure.imds.stop()
    with pytest.raises(UnavailableError, match="nobody answers"):
        run.token("managed-identity")


def test_a_metadata_service_that_is_busy_is_asked_again_and_not_for_ever(
    azure: LocalAzure, become: Become
) -> None:
    run = become("managed-identity")
    azure.imds.fail("404", times=2)
    assert azure.entra.recognises_devops(run.token("managed-identity"))
    azure.imds.fail("404")
    azure.log.clear()
    with pytest.raises(CredentialError):
        run.token("managed-identity")
    assert len(azure.log(host="imds")) == 4


def test_an_authority_that_falls_silent_is_told(azure: LocalAzure, become: Become) -> None:
    azure.entra.fail("hang", where="oauth2")
    run = become("client-secret", limits=TimeLimits(connect=5, read=0.5))
    with pytest.raises(CredentialError, match="the server fell silent"):
        run.token()


@pytest.mark.parametrize("method", ["client-secret", "github-actions"])
@pytest.mark.parametrize("fault", ["500", "503", "garbage", "sign-in", "truncate"])
def test_an_authority_that_fails_is_told_in_a_line(
    method: Method,
    fault: Fault,
    azure: LocalAzure,
    become: Become,
    caplog: pytest.LogCaptureFixture,
) -> None:
    azure.entra.fail(fault, where="oauth2")
    with pytest.raises(CredentialError) as caught:
        become(method).token()
    assert len(caught.value.message) < 700
    assert "refused" not in caught.value.message
    assert not caplog.records


def test_an_older_program_tells_the_end_of_its_token_in_local_time(become: Become) -> None:
    run = become("azure-cli", TZ="Asia/Tokyo")
    printed = '{"accessToken": "t", "expiresOn": "2030-01-01 00:00:00.000000"}'
    (run.folder / "az").write_text(f"#!/bin/sh\necho '{printed}'\n")
    entra = Entra(run.surroundings)
    choice = entra.choose(parse_identity("azure-cli"))
    assert choice is not None
    there = dt.datetime.fromisoformat("2030-01-01 00:00:00").timestamp()
    assert entra.token(choice, AZURE_DEVOPS).expires == there


@pytest.mark.parametrize("method", ["client-secret", "workload-identity", "github-actions"])
def test_no_redirect_takes_a_proof_elsewhere(
    method: Method, azure: LocalAzure, become: Become
) -> None:
    azure.entra.fail("redirect-to-host", where="oauth2")
    with pytest.raises(CredentialError, match="redirect"):
        become(method).token()
    assert not azure.log(host="other")


def test_no_redirect_takes_the_header_of_a_machine_elsewhere(
    azure: LocalAzure, become: Become
) -> None:
    azure.app_service.fail("redirect-to-host")
    with pytest.raises(CredentialError, match="redirect"):
        become("managed-identity", place="app-service").token()
    assert not azure.log(host="other")


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"AZURE_CLIENT_CERTIFICATE_PATH": "/nowhere.pem"}, "No such file"),
        ({"AZURE_CLIENT_CERTIFICATE_PATH": __file__}, "no certificate with a key"),
    ],
)
def test_a_certificate_that_cannot_be_used_is_told(
    variables: Mapping[str, str], says: str, become: Become
) -> None:
    run = become("client-certificate", **variables)
    with pytest.raises(CredentialError, match=says):
        run.token()


def test_a_token_file_that_is_missing_is_told(become: Become) -> None:
    run = become("workload-identity", AZURE_FEDERATED_TOKEN_FILE="/nowhere/token")
    with pytest.raises(CredentialError, match="/nowhere/token"):
        run.token()


def test_a_token_file_that_is_over_is_told(azure: LocalAzure, become: Become) -> None:
    run = become("workload-identity")
    Path(run.ambient["AZURE_FEDERATED_TOKEN_FILE"]).write_text(azure.federated_token(lifetime=0))
    with pytest.raises(CredentialError, match="has expired"):
        run.token()


def test_a_tenant_that_is_none_is_told(become: Become) -> None:
    run = become("client-secret", AZURE_TENANT_ID="not a tenant!")
    with pytest.raises(CredentialError, match="nobody can sign in with"):
        run.token()


def test_the_loggers_of_the_libraries_say_nothing(
    azure: LocalAzure, become: Become, caplog: pytest.LogCaptureFixture
) -> None:
    azure.entra.refuse(7000215)
    with pytest.raises(CredentialError):
        become("client-secret").token()
    assert not caplog.records
