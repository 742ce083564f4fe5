"""Variables that hold a token: which, in which order, and the user name that goes with each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from lading.core.access.issued import Issued
from lading.core.access.token_text import ANY_USER, check_token, check_username
from lading.core.config import CredentialKind, Source
from lading.core.errors import CredentialError
from lading.core.identity.variables import CREDENTIALS, SECRET_VARIABLES, read_principal
from lading.core.secret import Credential, Secret
from lading.core.urls import parse_url
from lading.edges.tokens.artifactory import ID_TOKENS
from lading.edges.tokens.github_app import APP_KEY


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A variable that holds a token, and the user name that goes with it.

    `user_variable` names the variable that may hold another user name; without a user name the
    token is sent as Bearer. `choose` gives the name where it depends on the host or the token.
    `where` says how the variable is set, for a remedy.
    """

    name: str
    username: str
    user_variable: str = ""
    choose: Callable[[Source, str], str] | None = None
    where: str = ""

    def read(self, source: Source, ambient: Mapping[str, str]) -> Issued | None:
        """Return the token, None where the variable is not set; raises CredentialError."""
        token = ambient.get(self.name, "").strip()
        if not token:
            return None
        origin = f"the variable {self.name}"
        usual = self.username if self.choose is None else self.choose(source, token)
        user = ambient.get(self.user_variable, "").strip() or usual
        credential = Credential(
            username=check_username(user, source) if user else "",
            password=check_token(token, source, origin),
            scheme="Basic" if user else "Bearer",
        )
        return Issued(credential=credential, origin=origin)


def _bitbucket_user(source: Source, token: str) -> str:
    """Return the user name of a token of Bitbucket, "" for one at home, where it goes as Bearer."""
    if parse_url(source.url).host != "bitbucket.org":
        return ""
    # An API token of a user, as Atlassian's own Bamboo knows it; other access tokens differ.
    return "x-bitbucket-api-token-auth" if token.startswith("ATAT") else "x-token-auth"


SYSTEM_ACCESSTOKEN = Variable(
    name="SYSTEM_ACCESSTOKEN",
    username="build",
    where=" (in Azure Pipelines, on this step: env: SYSTEM_ACCESSTOKEN: $(System.AccessToken))",
)
AZURE_DEVOPS_PAT = Variable(name="AZURE_DEVOPS_EXT_PAT", username="build", where=" (a PAT)")
GITHUB_TOKENS = (
    Variable(name="GH_TOKEN", username="x-access-token"),
    Variable(
        name="GITHUB_TOKEN",
        username="x-access-token",
        where=" (in GitHub Actions, on this step: env: GITHUB_TOKEN: ${{ github.token }})",
    ),
)
GITLAB_TOKENS = (
    Variable(name="CI_JOB_TOKEN", username="gitlab-ci-token"),
    # A deploy token goes with a user name of its own; for all others any name does.
    Variable(name="GITLAB_TOKEN", username="__token__", user_variable="GITLAB_USER"),
)
BITBUCKET_TOKEN = Variable(
    name="BITBUCKET_TOKEN",
    username="x-token-auth",
    user_variable="BITBUCKET_USER",
    choose=_bitbucket_user,
)
ARTIFACTORY_TOKEN = Variable(
    name="ARTIFACTORY_TOKEN", username="", user_variable="ARTIFACTORY_USER"
)
# What is exchanged for a token, and must not be found in a package either.
_EXCHANGED: Mapping[CredentialKind, tuple[str, ...]] = {
    "azure-devops": SECRET_VARIABLES,
    "github": (APP_KEY,),
    "artifactory": ID_TOKENS,
}
# In the order in which they are looked for; sources: facts of each host's documentation.
TOKENS: Mapping[CredentialKind, tuple[Variable, ...]] = {
    "azure-devops": (SYSTEM_ACCESSTOKEN, AZURE_DEVOPS_PAT),
    "github": GITHUB_TOKENS,
    "gitlab": GITLAB_TOKENS,
    "bitbucket": (BITBUCKET_TOKEN,),
    "artifactory": (ARTIFACTORY_TOKEN,),
}


def credential_variables(source: Source) -> tuple[str, ...]:
    """Return the names of all variables that may hold this source's credential."""
    spec = source.credential
    if spec.kind == "env":
        return spec.arguments
    variables = TOKENS.get(spec.kind, ())
    names = tuple(variable.name for variable in variables)
    users = tuple(variable.user_variable for variable in variables if variable.user_variable)
    return (*names, *users, *_EXCHANGED.get(spec.kind, ()), *source.environment)


def read_ambient_secrets(
    sources: Iterable[Source], ambient: Mapping[str, str]
) -> tuple[Secret, ...]:
    """Return the values of all variables that may hold a credential of these sources.

    They are what must not be found in a package, whether this run uses them or not.
    """
    names: set[str] = set()
    for source in sources:
        kind = source.credential.kind
        # The last variable of `env` is the password's; a user name before it is no secret.
        names |= set(source.credential.arguments[-1:]) if kind == "env" else set()
        names |= {variable.name for variable in TOKENS.get(kind, ())}
        names |= set(_EXCHANGED.get(kind, ()))
    found = [Secret(ambient[name]) for name in sorted(names) if ambient.get(name)]
    if CREDENTIALS in names and ambient.get(CREDENTIALS):
        # The secret stands in the middle of a document.
        with suppress(CredentialError):
            found.append(read_principal({CREDENTIALS: ambient[CREDENTIALS]}).secret)
    return tuple(dict.fromkeys(found))


def read_named_variables(source: Source, ambient: Mapping[str, str]) -> Issued:
    """Return what the variables of `env:…` hold; raises CredentialError."""
    names = source.credential.arguments
    unset = [name for name in names if not ambient.get(name, "").strip()]
    if unset:
        raise CredentialError(
            f'no credential for source {source.name}: credential = "{source.credential}", and '
            f"{' and '.join(unset)} is not set",
            remedy=f"Set {' and '.join(unset)} in the environment, or in .env at the project's "
            "root.",
        )
    values = [ambient[name].strip() for name in names]
    origin = f"the variable {names[-1]}"
    password = check_token(values[-1], source, origin)
    user = ANY_USER if len(values) == 1 else check_username(values[0], source)
    return Issued(credential=Credential(username=user, password=password), origin=origin)
