"""Every kind of credential as a row of the matrix: how a user provides it, and nothing else.

A new kind is a function that prepares it and a line in `KINDS`.
"""

from __future__ import annotations

import secrets
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit
from wsgiref.types import WSGIApplication

from cryptography.hazmat.primitives import serialization

from lading.core.identity import METHODS, Method
from local_azure import LocalAzure
from local_sources import GitCommit, Host, LocalSources
from local_sources.github import GitHub, create_app
from local_sources.indexes import pypiserver_index
from local_sources.jfrog import JFrog
from tests.leaks.ways import SPY, Site, usual_site
from tests.tls import serve

USER = "reader"
AZURE_PIPELINES = {"TF_BUILD": "True"}
GITHUB_ACTIONS = {"GITHUB_ACTIONS": "true"}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The hosts of this machine, and the little of its environment that every program needs."""

    sources: LocalSources
    azure: LocalAzure
    machine: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where a credential is to be provided: the token that opens `url`, and whose home it is.

    `lasting` is what has to stay for as long as the run.
    """

    token: str
    url: str
    home: Path
    scratch: Path
    lasting: ExitStack = field(default_factory=ExitStack)


@dataclass(frozen=True, slots=True, kw_only=True)
class WideSetting(Setting):
    """A setting in a world."""

    world: World

    def serve(self, app: WSGIApplication, tokens: Mapping[str, str]) -> Host:
        """Start a host of the kind's own, which is as bad as the others on demand."""
        host = self.lasting.enter_context(serve(app, self.world.sources, tokens=tokens))
        host.elsewhere = self.world.sources.index.elsewhere
        return host


@dataclass(frozen=True, slots=True, kw_only=True)
class Provision:
    """A credential as its user provides it.

    `variables` are set; `given` are files in which the token was put; `lines` are further lines of
    the source's table. `spoken` are programs that tell it on their standard output. `token` is what
    is recognised where another than the setting's is used, `log_name` what the request log calls
    it, and `proofs` are the secrets by label that are exchanged for it; `takes_plainly` says that
    a service of the machine itself wants to see those without TLS. `site` is where it belongs, if
    not where most do.
    """

    credential: str
    variables: Mapping[str, str] = field(default_factory=dict)
    given: tuple[Path, ...] = ()
    lines: tuple[str, ...] = ()
    spoken: tuple[str, ...] = ()
    token: str = ""
    log_name: str = ""
    proofs: Mapping[str, str] = field(default_factory=dict)
    takes_plainly: bool = False
    site: Site | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of credential. `system` are the variables of the CI system in which it is used.

    `reads` are beginnings of variables that this kind would take for its own: no bait lies there.
    `is_variant` says that it differs from another only in how the token is obtained. `ways` are the
    names of those that it can go, () for all.
    """

    name: str
    prepare: Callable[[WideSetting], Provision]
    ways: tuple[str, ...] = ()
    system: Mapping[str, str] = field(default_factory=dict)
    reads: tuple[str, ...] = ()
    is_variant: bool = False


def _by_variable(credential: str, variable: str, **others: str) -> Callable[[Setting], Provision]:
    def prepare(setting: Setting) -> Provision:
        return Provision(credential=credential, variables={variable: setting.token, **others})

    return prepare


def _by_netrc(setting: Setting) -> Provision:
    path = setting.home / ".netrc"
    host = urlsplit(setting.url).hostname
    known = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(f"{known}machine {host} login {USER} password {setting.token}\n")
    path.chmod(0o600)
    return Provision(credential="netrc", given=(path,))


def provide_by_keyring(setting: Setting) -> Provision:
    """Give the real keyring a back end: this machine has no desktop that keeps a store."""
    # Apart from the back end's text, of which Python would keep a copy.
    store = setting.scratch / "store.txt"
    store.write_text(setting.token, encoding="utf-8")
    # pip asks for the URL without its last "/", then for the host.
    services = (setting.url, setting.url.rstrip("/"), urlsplit(setting.url).netloc)
    (setting.scratch / "acme_store.py").write_text(
        "from pathlib import Path\n"
        "from keyring.backend import KeyringBackend\n"
        "from keyring.credentials import SimpleCredential\n"
        "class Store(KeyringBackend):\n"
        "    priority = 1\n"
        "    def get_password(self, service, username): return None\n"
        "    def set_password(self, service, username, password): raise NotImplementedError\n"
        "    def get_credential(self, service, username):\n"
        f"        if service in {services!r}:\n"
        f"            return SimpleCredential({USER!r}, Path({str(store)!r}).read_text())\n",
        encoding="utf-8",
    )
    settings = setting.home / ".config/python_keyring"
    settings.mkdir(parents=True)
    settings.joinpath("keyringrc.cfg").write_text(
        f"[backend]\ndefault-keyring=acme_store.Store\nkeyring-path={setting.scratch}\n",
        encoding="utf-8",
    )
    return Provision(credential="keyring", given=(store,), spoken=("keyring",))


def _by_command(setting: Setting) -> Provision:
    helper = setting.scratch / "acme-helper"
    helper.write_text(
        f"#!/bin/sh\ncat >&2\necho username={USER}\necho 'password={setting.token}'\n"
    )
    helper.chmod(0o755)
    return Provision(
        credential=f"command:{helper} get", given=(helper,), spoken=("acme-helper", "sh")
    )


def _by_entra(method: Method) -> Callable[[WideSetting], Provision]:
    def prepare(setting: WideSetting) -> Provision:
        azure = setting.world.azure
        folder = setting.scratch / "signed-in"
        variables = azure.variables(method, folder=folder, place="app-service")
        if "PATH" in variables:
            variables["PATH"] = f"{PROGRAMS}:{variables['PATH']}"
            # Who signed in is kept below home, as it is: builds see the folders of PATH.
            for name in ("AZURE_CONFIG_DIR", "AZD_CONFIG_DIR"):
                moved = setting.home / name
                Path(variables[name]).rename(moved)
                variables[name] = str(moved)
        proofs = {f"proof {n}": text for n, text in enumerate(azure.secrets(method))}
        return Provision(
            credential="azure-devops",
            variables=variables,
            given=tuple(
                path
                for place in (folder, *setting.home.glob("AZ*_CONFIG_DIR"))
                for path in place.rglob("*")
                if path.is_file()
            ),
            lines=(f'identity = "{method}"',),
            spoken=("az", "azd"),
            # Nobody has the token before the run: it is recognised by how such tokens begin.
            token=_JWT,
            log_name="entra",
            proofs={label: text for label, text in proofs.items() if not text.startswith(_JWT)},
            takes_plainly=method == "managed-identity",
        )

    return prepare


def _by_app(setting: WideSetting) -> Provision:
    """A GitHub App, with a host that gives it tokens, each for one repository."""
    app, sources = create_app(), setting.world.sources
    folder = setting.lasting.enter_context(tempfile.TemporaryDirectory())
    github = GitHub(Path(folder), app, ambient=setting.world.machine)
    github.beginning = f"ghs_{secrets.token_hex(8)}"
    host = setting.serve(github, github.tokens)

    def add(name: str, commit: GitCommit) -> str:
        github.add_repository(f"acme/{name}", commit)
        return f"{host.origin}/acme/{name}"

    name = f"app:acme/{SPY}"
    sources.trust(github.tokens.__contains__, name=name, opens=())
    usual = usual_site(sources)
    on_one_line = app.private_key.replace("\n", "\\n")
    return Provision(
        credential="github",
        variables={"GITHUB_APP_ID": app.number, "GITHUB_APP_PRIVATE_KEY": on_one_line},
        token=github.beginning,
        log_name=name,
        proofs={
            "the App's key": app.private_key,
            "the App's key on one line": on_one_line,
            "the App's key as PKCS #8": _as_pkcs8(app.private_key),
            "the App's proof": _APP_JWT,
        },
        site=replace(
            usual, git=host, git_url=f"{host.origin}/acme/", add_repository=add, has_index=False
        ),
    )


def _as_pkcs8(key: str) -> str:
    loaded = serialization.load_pem_private_key(key.encode(), password=None)
    return loaded.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def _by_exchange(setting: WideSetting) -> Provision:
    """Artifactory's token for the proof of a job in GitHub Actions."""
    sources, actions = setting.world.sources, setting.world.azure.github_actions

    def verify(proof: str) -> Mapping[str, object]:
        claims = actions.claims(proof, "jfrog")
        if claims is None:
            message = "Token verification failed"
            raise ValueError(message)
        return claims

    index = pypiserver_index(sources.private_packages)
    jfrog = JFrog(index, provider="acme-github", verify=verify)
    host = setting.serve(jfrog, jfrog.tokens)
    sources.trust(jfrog.tokens.__contains__, name="jfrog", opens=())
    return Provision(
        credential="artifactory:acme-github:jfrog",
        variables={
            "ACTIONS_ID_TOKEN_REQUEST_URL": actions.request_url,
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": actions.request_token,
        },
        token=_UNSIGNED_JWT,
        log_name="jfrog",
        proofs={"the job's request token": actions.request_token, "the job's proof": _JWT},
        site=replace(usual_site(sources), index=host, index_url=f"{host.origin}{jfrog.index_path}"),
    )


# How it begins: RS256, of the type JWT.
_APP_JWT = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9."
# Likewise: no algorithm, and a subject.
_UNSIGNED_JWT = "eyJhbGciOiAibm9uZSJ9.eyJzdWIiOiAi"
# {"alg":"RS256","kid":"
_JWT = "eyJhbGciOiJSUzI1NiIsImtpZCI6I"
# Where the keyring program of these tests lies.
PROGRAMS = Path(sys.executable).parent
_AZURE = ("SYSTEM_ACCESSTOKEN", "AZURE_", "ARM_", "IDENTITY_", "MSI_")
_AZURE_TOOLS = ("AZD_", "servicePrincipal", "idToken", "ACTIONS_", "VSTS_", "AZP_", "AZURESUB")
_GITHUB = ("GH_", "GITHUB_TOKEN", "GITHUB_APP")
KINDS = (
    Kind(
        name="azure-devops: System.AccessToken",
        prepare=_by_variable("azure-devops", "SYSTEM_ACCESSTOKEN"),
        system=AZURE_PIPELINES,
        reads=_AZURE,
    ),
    Kind(
        name="azure-devops: PAT",
        prepare=_by_variable("azure-devops", "AZURE_DEVOPS_EXT_PAT"),
        reads=_AZURE,
    ),
    Kind(
        name="github: token",
        prepare=_by_variable("github", "GITHUB_TOKEN"),
        system=GITHUB_ACTIONS,
        reads=_GITHUB,
    ),
    Kind(
        name="gitlab: job token",
        prepare=_by_variable("gitlab", "CI_JOB_TOKEN"),
        reads=("CI_JOB_TOKEN", "GITLAB_TOKEN"),
    ),
    Kind(
        name="bitbucket: token",
        prepare=_by_variable("bitbucket", "BITBUCKET_TOKEN"),
        reads=("BITBUCKET_TOKEN",),
    ),
    Kind(
        name="artifactory: token",
        prepare=_by_variable("artifactory", "ARTIFACTORY_TOKEN"),
        reads=("ARTIFACTORY_", "ACTIONS_ID_TOKEN"),
    ),
    Kind(
        name="env: user and password",
        prepare=_by_variable("env:ACME_USER:ACME_TOKEN", "ACME_TOKEN", ACME_USER=USER),
        system=AZURE_PIPELINES,
    ),
    Kind(name="netrc", prepare=_by_netrc, reads=("NETRC",)),
    Kind(name="keyring", prepare=provide_by_keyring, reads=("XDG_",)),
    Kind(name="command", prepare=_by_command, system=GITHUB_ACTIONS),
    *(
        Kind(
            name=f"azure-devops: Entra ID, {method}",
            prepare=_by_entra(method),
            reads=(*_AZURE, *_AZURE_TOOLS),
            is_variant=True,
        )
        for method in METHODS
    ),
    Kind(
        name="github: App",
        prepare=_by_app,
        ways=("Git", "with-access"),
        system=GITHUB_ACTIONS,
        reads=_GITHUB,
        is_variant=True,
    ),
    Kind(
        name="artifactory: OIDC",
        prepare=_by_exchange,
        ways=("index", "source build", "with-access", "publish"),
        system=GITHUB_ACTIONS,
        reads=("ARTIFACTORY_", "ACTIONS_"),
        is_variant=True,
    ),
)
