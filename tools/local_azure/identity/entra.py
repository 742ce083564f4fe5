"""Entra ID: gives tokens to an application that proves who it is, and says no as the real one."""

from __future__ import annotations

import hmac
import time
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIEnvironment

from local_azure.answers import read_form, send_json
from local_azure.identity.directory import AZURE_DEVOPS, Directory, Principal
from local_azure.identity.entra_errors import RefusedError, render_refusal
from local_azure.identity.mint import Known, Mint, read_unverified, same_audience
from local_sources.faults import refuse
from local_sources.hosts import Footing, Host

HOUR = 3600
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Entra(Host):
    """The authority of one tenant with one application.

    `lifetime` is that of the tokens to come, in seconds; 0 makes them expired from the start.
    """

    def __init__(self, directory: Directory, footing: Footing, *, known: Known) -> None:
        super().__init__("entra", self.answer, footing)
        self.directory = directory
        self.lifetime = HOUR
        self._mint = Mint("entra", f"https://sts.windows.net/{directory.tenant}/", known=known)
        self._issuers: dict[str, Mint] = {}
        self._refusal: int | None = None

    @property
    def tenant(self) -> str:
        """Return the tenant's id."""
        return self.directory.tenant

    @property
    def client_id(self) -> str:
        """Return the application's id."""
        return self.directory.application.client_id

    @property
    def client_secret(self) -> str:
        """Return the application's secret."""
        return self.directory.client_secret

    @property
    def certificate(self) -> Path:
        """Return a PEM file with a private key and a certificate that the application has."""
        return self.directory.certificate.path

    def know(self, *issuers: Mint) -> None:
        """Read the keys of other issuers, as from their published configuration."""
        self._issuers |= {mint.issuer: mint for mint in issuers}

    def refuse(self, code: int) -> None:
        """Answer every request for a token with a refusal (`entra_errors.KINDS`) until healed."""
        self.heal()
        self._refusal = code

    def heal(self) -> None:
        """Answer as a good authority does again."""
        self._refusal = None
        super().heal()

    def issue(self, principal: Principal, resource: str, *, proof: str = "2") -> str:
        """Return a token for a resource; raise RefusedError where the tenant does not know it.

        `proof` is how the principal has shown who it is: "1" a secret, "2" a key.
        """
        if not self._has(resource):
            raise RefusedError(500011, resource=resource, tenant=self.tenant)
        claims = {
            "aud": resource,
            "appid": principal.client_id,
            "appidacr": proof,
            "idp": self._mint.issuer,
            "idtyp": "app",
            "oid": principal.object_id,
            "sub": principal.object_id,
            "tid": self.tenant,
            "ver": "1.0",
        }
        return self._mint.coin(claims, lifetime=self.lifetime)

    def recognises(self, token: str, audience: str) -> bool:
        """Say whether a token is of this tenant, still valid, and meant for an audience."""
        return self._mint.read(token, audience=audience) is not None

    def recognises_devops(self, token: str) -> bool:
        """Say whether a token opens Azure DevOps."""
        return self.recognises(token, AZURE_DEVOPS)

    def signed(self, token: str) -> bool:
        """Say whether a token is of this tenant, whatever it is for and however old."""
        return self._mint.signed(token)

    def shown(self, environ: WSGIEnvironment) -> str:
        """Return what a request shows: here a credential is posted, as a secret or an assertion."""
        return posted(environ) or super().shown(environ)

    def answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        correlation = environ.get("HTTP_CLIENT_REQUEST_ID") or str(uuid.uuid4())
        try:
            match environ["REQUEST_METHOD"], environ["PATH_INFO"].strip("/").split("/"):
                case "POST", [tenant, "oauth2", "v2.0", "token"]:
                    self._check_tenant(tenant)
                    return send_json(self._token(read_form(environ)), start_response)
                case "GET", [tenant, "v2.0", ".well-known", "openid-configuration"]:
                    self._check_tenant(tenant)
                    return send_json(self._configuration(), start_response)
                case "GET", [tenant, "discovery", "v2.0", "keys"]:
                    self._check_tenant(tenant)
                    return send_json(self._mint.key_set(), start_response)
                case "GET", ["common", "discovery", "instance"]:
                    return send_json(self._instances(), start_response)
                case _:
                    return refuse("404", start_response)
        except RefusedError as refused:
            return send_json(
                render_refusal(refused, correlation), start_response, status=refused.kind.status
            )

    def _token(self, form: Mapping[str, str]) -> dict[str, object]:
        if self._refusal is not None:
            raise RefusedError(self._refusal, tenant=self.tenant, client=form.get("client_id"))
        for name in ("grant_type", "client_id", "scope"):
            if not form.get(name):
                raise RefusedError(900144, missing=name)
        if form["grant_type"] != "client_credentials":
            raise RefusedError(70003, grant=form["grant_type"])
        resource = form["scope"].removesuffix("/.default")
        if resource == form["scope"] or " " in resource:
            raise RefusedError(1002012, scope=form["scope"])
        if form["client_id"] != self.client_id:
            raise RefusedError(700016, client=form["client_id"], tenant=self.tenant)
        proof = self._check_proof(form)
        token = self.issue(self.directory.application, resource, proof=proof)
        times = {"expires_in": self.lifetime, "ext_expires_in": self.lifetime}
        return {"token_type": "Bearer", **times, "access_token": token}

    def _check_proof(self, form: Mapping[str, str]) -> str:
        if "client_assertion" in form and form.get("client_assertion_type") == _ASSERTION:
            self._check_assertion(form["client_assertion"])
            return "2"
        if "client_secret" not in form:
            raise RefusedError(7000218)
        shown, known = form["client_secret"].encode(), self.client_secret.encode()
        if not hmac.compare_digest(shown, known):
            raise RefusedError(7000215, client=self.client_id)
        return "1"

    def _check_assertion(self, assertion: str) -> None:
        claims = read_unverified(assertion)
        if claims is None:
            raise RefusedError(50027)
        if claims.get("iss") == self.client_id:
            self._check_own_signature(assertion, claims)
        else:
            self._check_federation(assertion, claims)
        _check_times(claims)

    def _check_own_signature(self, assertion: str, claims: Mapping[str, object]) -> None:
        certificate = self.directory.certificate
        known = certificate.identifies(assertion)
        if not known or not certificate.signed(assertion):
            raise RefusedError(700027, client=self.client_id)
        audiences = (f"{self._home}/oauth2/v2.0/token", f"{self._home}/v2.0")
        if not any(same_audience(str(claims.get("aud")), audience) for audience in audiences):
            raise RefusedError(50027)

    def _check_federation(self, assertion: str, claims: Mapping[str, object]) -> None:
        shown = {name: str(claims.get(name, "")) for name in ("iss", "sub", "aud")}
        left = [known for known in self.directory.federations if known.issuer == shown["iss"]]
        if not left:
            raise RefusedError(700211, issuer=shown["iss"])
        # Upper and lower case matter, in each of them.
        left = [known for known in left if known.subject == shown["sub"]]
        if not left:
            raise RefusedError(700213, subject=shown["sub"])
        if not any(known.audience == shown["aud"] for known in left):
            raise RefusedError(700212, audience=shown["aud"])
        mint = self._issuers.get(shown["iss"])
        if mint is None or not mint.signed(assertion):
            raise RefusedError(50027)

    def _check_tenant(self, tenant: str) -> None:
        if tenant != self.tenant:
            raise RefusedError(90002, tenant=tenant)

    def _has(self, resource: str) -> bool:
        url = urlsplit(resource)
        return resource == AZURE_DEVOPS or (url.scheme == "https" and bool(url.hostname))

    @property
    def _home(self) -> str:
        return f"{self.origin}/{self.tenant}"

    def _configuration(self) -> dict[str, object]:
        return {
            "issuer": self.directory.issuer,
            "authorization_endpoint": f"{self._home}/oauth2/v2.0/authorize",
            "token_endpoint": f"{self._home}/oauth2/v2.0/token",
            "device_authorization_endpoint": f"{self._home}/oauth2/v2.0/devicecode",
            "jwks_uri": f"{self._home}/discovery/v2.0/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def _instances(self) -> dict[str, object]:
        name = urlsplit(self.origin).netloc
        alias = {"preferred_network": name, "preferred_cache": name, "aliases": [name]}
        return {
            "tenant_discovery_endpoint": f"{self._home}/v2.0/.well-known/openid-configuration",
            "api-version": "1.1",
            "metadata": [alias],
        }


def posted(environ: WSGIEnvironment) -> str:
    """Return the credential in a posted form, as if it stood in a header; "" for none."""
    form = read_form(environ) if environ["REQUEST_METHOD"] == "POST" else {}
    credential = form.get("client_assertion") or form.get("client_secret")
    return f"Posted {credential}" if credential else ""


def _check_times(claims: Mapping[str, object]) -> None:
    now = time.time()
    start, end = (_number(claims.get(name)) for name in ("nbf", "exp"))
    if not start <= now < end:
        raise RefusedError(700024, now=_stamp(now), start=_stamp(start), end=_stamp(end))


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _stamp(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.0000000Z", time.gmtime(seconds))
