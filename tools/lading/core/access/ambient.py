"""The variables in which CI systems, Azure and their tools leave tokens, or say where they lie.

Nobody who runs a build decided to show them to it. The names are their makers' own, as their
documentation and sources write them; `*` stands for anything, and case does not matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

# The value is a token, a key or a password, or holds one.
TOKEN_VARIABLES = (
    # Azure Pipelines, its tasks and its credential provider
    *("SYSTEM_ACCESSTOKEN", "VSTS_AGENT_INPUT_TOKEN", "VSTS_TOKEN", "AZP_TOKEN"),
    *("AZURE_DEVOPS_EXT_PAT", "AZURE_DEVOPS_EXT_GITHUB_PAT"),
    *("VSS_NUGET_*", "ARTIFACTS_CREDENTIALPROVIDER_*", "NUGETAUTHENTICATE_*"),
    *("ENDPOINT_AUTH_*", "SECUREFILE_TICKET_*", "SECRET_*"),
    # AzureCLI@2 with addSpnToEnvironment
    *("servicePrincipalKey", "idToken"),
    # Entra ID, as azure-identity, Terraform and azure/login read it
    *("AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PASSWORD", "AZURE_PASSWORD"),
    *("AZURE_CREDENTIALS", "AZURE_ACCESS_TOKEN"),
    *("ARM_CLIENT_SECRET", "ARM_CLIENT_CERTIFICATE", "ARM_CLIENT_CERTIFICATE_PASSWORD"),
    *("ARM_ACCESS_KEY", "ARM_SAS_TOKEN", "ARM_OIDC_TOKEN", "ARM_OIDC_REQUEST_TOKEN"),
    # Managed identity: what its endpoint wants to see
    *("IDENTITY_HEADER", "MSI_SECRET"),
    # GitHub
    *("GITHUB_TOKEN", "GH_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_PAT"),
    *("GITHUB_APP_PRIVATE_KEY", "GITHUB_APP_KEY"),
    *("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_RUNTIME_TOKEN", "ACTIONS_RESULTS_TOKEN"),
    # GitLab; the repository's URL has the job's token in it
    *("CI_JOB_TOKEN", "CI_JOB_JWT*", "CI_BUILD_TOKEN", "CI_REPOSITORY_URL", "GITLAB_TOKEN"),
    *("CI_DEPLOY_PASSWORD", "CI_REGISTRY_PASSWORD", "CI_DEPENDENCY_PROXY_PASSWORD"),
    # Bitbucket
    *("BITBUCKET_*TOKEN", "BITBUCKET_*PASSWORD"),
    # Artifactory and its command line
    *("ARTIFACTORY_TOKEN", "ARTIFACTORY_PASSWORD", "ARTIFACTORY_API_KEY", "ARTIFACTORY_ID_TOKEN"),
    *("JF_ACCESS_TOKEN", "JF_PASSWORD", "JFROG_ACCESS_TOKEN", "JFROG_CLI_ACCESS_TOKEN"),
    # What upload tools read
    *("TWINE_PASSWORD", "UV_PUBLISH_TOKEN", "UV_PUBLISH_PASSWORD", "HATCH_INDEX_AUTH"),
    *("POETRY_PYPI_TOKEN_*", "POETRY_HTTP_BASIC_*_PASSWORD", "FLIT_PASSWORD"),
)
# The value names a file that is a token or a key.
_TOKEN_FILES = (
    *("AZURE_FEDERATED_TOKEN_FILE", "ARM_OIDC_TOKEN_FILE_PATH", "AZP_TOKEN_FILE"),
    *("AZURE_CLIENT_CERTIFICATE_PATH", "ARM_CLIENT_CERTIFICATE_PATH", "AZURE_AUTH_LOCATION"),
    *("GITHUB_APP_PRIVATE_KEY_FILE", "GITHUB_APP_PRIVATE_KEY_PATH"),
)
# The value is no secret, but says where a token is to be had: an endpoint, or a file.
TOKEN_ADDRESSES = (
    *("SYSTEM_OIDCREQUESTURI", "ACTIONS_ID_TOKEN_REQUEST_URL", "ARM_OIDC_REQUEST_URL"),
    *("IDENTITY_ENDPOINT", "MSI_ENDPOINT", "IMDS_ENDPOINT", "AZURE_POD_IDENTITY_AUTHORITY_HOST"),
    *_TOKEN_FILES,
)
# The value names the folder or file in which a tool keeps its credentials among other things. The
# user's own tools need them: no build does.
CREDENTIAL_PLACES = (
    *_TOKEN_FILES,
    # Azure, its command lines, and the other clouds
    *("AZURE_CONFIG_DIR", "AZD_CONFIG_DIR", "CLOUDSDK_CONFIG", "GOOGLE_APPLICATION_CREDENTIALS"),
    *("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE"),
    *("KUBECONFIG", "TF_CLI_CONFIG_FILE"),
    # Hosts of code and packages, and container registries
    *("GH_CONFIG_DIR", "GLAB_CONFIG_DIR", "JFROG_CLI_HOME_DIR"),
    *("DOCKER_CONFIG", "REGISTRY_AUTH_FILE"),
    # Package managers, Git and curl
    *("NETRC", "PIP_CONFIG_FILE", "PIP_CLIENT_CERT", "UV_CREDENTIALS_DIR", "SSL_CLIENT_CERT"),
    *("POETRY_CONFIG_DIR", "GIT_CONFIG_GLOBAL", "GIT_SSL_KEY", "CARGO_HOME"),
    "NPM_CONFIG_USERCONFIG",
    # Keys
    *("GNUPGHOME", "PASSWORD_STORE_DIR", "SSH_AUTH_SOCK"),
    # What home is for other tools. The cache holds the socket of Git's remembered passwords.
    *("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"),
)


def holds_token(variable: str) -> bool:
    """Say whether the value of a variable of this name is, or holds, an ambient token."""
    return _is_among(variable, TOKEN_VARIABLES)


def leads_to_token(variable: str) -> bool:
    """Say whether a variable of this name holds a token, or says where one is to be had."""
    return holds_token(variable) or _is_among(variable, TOKEN_ADDRESSES)


def credential_places(ambient: Mapping[str, str]) -> tuple[str, ...]:
    """Return what those variables say that name where credentials lie: a file, a folder.

    Some name several, as PATH does.
    """
    known = {name.upper() for name in CREDENTIAL_PLACES}
    return tuple(value for name, value in ambient.items() if name.upper() in known and value)


def _is_among(variable: str, patterns: tuple[str, ...]) -> bool:
    name = variable.upper()
    return any(fnmatchcase(name, pattern.upper()) for pattern in patterns)
