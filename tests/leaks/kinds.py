"""Every kind of credential as a row of the matrix: how a user provides it, and nothing else.

A new kind is a function that prepares it and a line in `KINDS`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from lading.core.identity import METHODS, Method
from local_azure import LocalAzure

USER = "reader"
AZURE_PIPELINES = {"TF_BUILD": "True"}
GITHUB_ACTIONS = {"GITHUB_ACTIONS": "true"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where a credential is to be provided: the token that opens `url`, and whose home it is."""

    token: str
    url: str
    home: Path
    scratch: Path
    azure: LocalAzure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Provision:
    """A credential as its user provides it.

    `variables` are set; `given` are files in which the token was put; `lines` are further lines of
    the source's table. `spoken` are programs that tell it on their standard output. `token` is what
    is recognised where another than the setting's is used, `log_name` what the request log calls
    it, and `proofs` are the secrets by label that are exchanged for it; `takes_plainly` says that
    a service of the machine itself wants to see those without TLS.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of credential. `system` are the variables of the CI system in which it is used.

    `reads` are beginnings of variables that this kind would take for its own: no bait lies there.
    `is_variant` says that it differs from another only in how the token is obtained.
    """

    name: str
    prepare: Callable[[Setting], Provision]
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


def _by_entra(method: Method) -> Callable[[Setting], Provision]:
    def prepare(setting: Setting) -> Provision:
        if setting.azure is None:
            message = "an Entra ID on this machine is wanted"
            raise ValueError(message)
        folder = setting.scratch / "signed-in"
        variables = setting.azure.variables(method, folder=folder, place="app-service")
        if "PATH" in variables:
            variables["PATH"] = f"{PROGRAMS}:{variables['PATH']}"
            # Who signed in is kept below home, as it is: builds see the folders of PATH.
            for name in ("AZURE_CONFIG_DIR", "AZD_CONFIG_DIR"):
                moved = setting.home / name
                Path(variables[name]).rename(moved)
                variables[name] = str(moved)
        proofs = {f"proof {n}": text for n, text in enumerate(setting.azure.secrets(method))}
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


# {"alg":"RS256","kid":"
_JWT = "eyJhbGciOiJSUzI1NiIsImtpZCI6I"
# Where the keyring program of these tests lies.
PROGRAMS = Path(sys.executable).parent
_AZURE = ("SYSTEM_ACCESSTOKEN", "AZURE_", "ARM_", "IDENTITY_", "MSI_")
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
    Kind(name="netrc", prepare=_by_netrc),
    Kind(name="keyring", prepare=provide_by_keyring),
    Kind(name="command", prepare=_by_command, system=GITHUB_ACTIONS),
    *(
        Kind(
            name=f"azure-devops: Entra ID, {method}",
            prepare=_by_entra(method),
            reads=(*_AZURE, "servicePrincipal", "idToken", "ACTIONS_", "VSTS_", "AZP_", "AZURESUB"),
            is_variant=True,
        )
        for method in METHODS
    ),
    # To be added: a GitHub App (local_sources.github) and Artifactory's exchange of a job's proof
    # (local_sources.jfrog), each with its host running.
)
