"""`LocalAzure`: every host of an Azure for one machine, in threads of this process."""

from __future__ import annotations

import json
import tempfile
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self
from wsgiref.types import StartResponse, WSGIEnvironment

from cheroot.ssl.builtin import BuiltinSSLAdapter

from lading.core.identity import Method
from local_azure.cloud import Cloud
from local_azure.identity.actions import GitHubActions
from local_azure.identity.directory import EXCHANGE, Directory, Federation
from local_azure.identity.entra import HOUR, Entra, posted
from local_azure.identity.managed import HEADER, AppService, Imds, new_header
from local_azure.identity.mint import Known, Mint
from local_azure.identity.pipelines import AzurePipelines
from local_azure.identity.programs import Call, read_calls, sign_out
from local_azure.identity.runs import Place, Runs
from local_sources.certificates import Certificates
from local_sources.faults import refuse
from local_sources.hosts import Footing, Gate, Host, Trust
from local_sources.neighbourhood import Neighbourhood
from local_sources.request_log import RequestLog

_DAY = 24 * HOUR
# A cluster whose service accounts the application trusts.
_CLUSTER = "https://oidc.cluster.test/acme/"
_SERVICE_ACCOUNT = "system:serviceaccount:builds:lading"


class LocalAzure:
    """Microsoft Entra ID, and every place that proves to it who somebody is, on this machine.

    A context manager. Hosts, each a port of `localhost`: `entra`, `azure_pipelines` and
    `github_actions` with TLS; `imds` and `app_service` without, as the real ones; and two to which
    nobody should go, `other` (with TLS) and `plain` (without), which answer what the others answer.
    `cloud` has Resource Manager and the Function Apps, each on ports of its own.
    All secrets are new in every start, and known to the log by name.
    """

    def __init__(self, ambient: Mapping[str, str], *, certificates: Certificates) -> None:
        self._temporary = tempfile.TemporaryDirectory()
        self.log = RequestLog()
        self.subscription = str(uuid.uuid4())
        self._known = Known()
        directory = Directory(Path(self._temporary.name))
        self._known.add(directory.client_secret, "client-secret")
        self._cluster = Mint("federated-token", _CLUSTER, known=self._known)
        directory.federate(Federation(issuer=_CLUSTER, subject=_SERVICE_ACCOUNT))
        tls = BuiltinSSLAdapter(str(certificates.server), str(certificates.key))
        self._create_hosts(directory, tls)
        self._runs = Runs(
            entra=self.entra,
            imds=self.imds,
            app_service=self.app_service,
            azure_pipelines=self.azure_pipelines,
            github_actions=self.github_actions,
            federated_token=self.federated_token(),
            certificates=certificates,
            path=ambient.get("PATH", ""),
        )
        self._known.reset()

    def __enter__(self) -> Self:
        """Start every host."""
        try:
            self._neighbourhood.start()
            self.cloud.start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop every host and remove what they wrote."""
        self._stop()

    def reset(self) -> None:
        """Make everything as it was after the start; tokens that were given out stay valid."""
        self._neighbourhood.restore()
        self.cloud.reset()
        self.entra.directory.reset()
        self.entra.lifetime = HOUR
        self.azure_pipelines.reset()
        self.github_actions.reset()
        self._known.reset()
        self.log.clear()

    def variables(
        self, method: Method, *, folder: Path, place: Place = "machine"
    ) -> dict[str, str]:
        """Return the environment of a run with an identity, on top of `LocalSources.environment`.

        What the run has as files is written into `folder`. A managed identity has its `place`.
        """
        return self._runs.variables(method, folder=folder, place=place)

    def secrets(self, method: Method) -> tuple[str, ...]:
        """Return every secret that such a run holds before it asks for a token."""
        return self._runs.secrets(method)

    @property
    def credentials_json(self) -> str:
        """Return what people keep as AZURE_CREDENTIALS in GitHub: the application's secret too."""
        return json.dumps(
            {
                "clientId": self.entra.client_id,
                "clientSecret": self.entra.client_secret,
                "subscriptionId": self.subscription,
                "tenantId": self.entra.tenant,
                "activeDirectoryEndpointUrl": self.entra.origin,
                "resourceManagerEndpointUrl": "https://management.azure.com/",
            }
        )

    @property
    def authority(self) -> str:
        """Return the URL of the tenant, as Azure DevOps names it in a challenge."""
        return f"{self.entra.origin}/{self.entra.tenant}"

    @property
    def issued(self) -> tuple[str, ...]:
        """Return every token and proof that was given out since the start or the last reset."""
        return self._known.issued

    def federated_token(self, *, subject: str = _SERVICE_ACCOUNT, lifetime: int = _DAY) -> str:
        """Return a new proof of the cluster; with a lifetime of 0 seconds it has expired."""
        return self._cluster.coin({"sub": subject, "aud": EXCHANGE}, lifetime=lifetime)

    def github_actions_recognises(self, token: str, audience: str) -> bool:
        """Say whether a proof is of a job in GitHub Actions, valid, and meant for an audience."""
        return self.github_actions.recognises(token, audience)

    def azure_pipelines_recognises(self, token: str, audience: str = EXCHANGE) -> bool:
        """Say whether a proof is of a job in Azure Pipelines, valid, and meant for an audience."""
        return self.azure_pipelines.recognises(token, audience)

    def calls(self, folder: Path) -> tuple[Call, ...]:
        """Return how the stand-ins in a folder were started so far."""
        return read_calls(folder)

    def sign_out(self, folder: Path) -> None:
        """Make the stand-ins in a folder say that nobody is signed in."""
        sign_out(folder)

    def _create_hosts(self, directory: Directory, tls: BuiltinSSLAdapter) -> None:
        known = self._known
        # Assertions of the application are made by clients; all else is made here.
        trusts = (Trust(name="certificate", recognises=directory.certificate.signed),)
        secure = Footing(log=self.log, gate=Gate(tokens=known, trusts=trusts), tls=tls)
        plain = replace(secure, tls=None)
        self.entra = Entra(directory, secure, known=known)
        pipelines = self.azure_pipelines = AzurePipelines(directory, secure, known=known)
        self.github_actions = GitHubActions(directory, secure, known=known)
        self.entra.know(
            *(self._cluster, self.github_actions.mint),
            *(pipelines.connection_mint, pipelines.job_mint),
        )
        self.cloud = Cloud(self.subscription, self.entra, secure, known=known)
        self.imds = Imds(self.entra, plain)
        header = known.add(new_header(), "identity-header")
        in_header = replace(plain, gate=Gate(tokens=known, trusts=trusts, place=HEADER))
        self.app_service = AppService(self.entra, in_header, header=header)
        self.other = Lure("other", self._everything, secure)
        self.plain = Lure("plain", self._everything, plain)
        hosts = (self.entra, self.azure_pipelines, self.github_actions, self.imds)
        self._neighbourhood = Neighbourhood(
            (*hosts, self.app_service, self.other, self.plain), other=self.other, plain=self.plain
        )

    def _everything(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Serve whatever a client was lured to, so that only the client can refuse."""
        path = environ["PATH_INFO"]
        for part, host in (
            ("/oauth2/v2.0/", self.entra),
            ("/v2.0/", self.entra),
            ("/_apis/", self.azure_pipelines),
            ("/idtoken/", self.github_actions),
            ("/metadata/", self.imds),
            ("/msi/", self.app_service),
        ):
            if part in path:
                return host.answer(environ, start_response)
        return refuse("404", start_response)

    def _stop(self) -> None:
        self.cloud.stop()
        self._neighbourhood.stop()
        self._temporary.cleanup()


class Lure(Host):
    """A host to which a client was lured: whatever it shows there is seen."""

    def shown(self, environ: WSGIEnvironment) -> str:
        """Return what a request shows, posted or in a header."""
        header = environ.get(HEADER)
        return f"Header {header}" if header else posted(environ) or super().shown(environ)
