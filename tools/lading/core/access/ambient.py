"""The variables in which CI systems, Azure and their tools leave tokens lying around for a step.

Nobody who runs a build decided to show them to it. The names are their makers' own, as their
documentation and sources write them; `*` stands for anything, and case does not matter.
"""

from __future__ import annotations

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
# The value is no secret, but says where a token is to be had: an endpoint, or a file.
TOKEN_ADDRESSES = (
    *("SYSTEM_OIDCREQUESTURI", "ACTIONS_ID_TOKEN_REQUEST_URL", "ARM_OIDC_REQUEST_URL"),
    *("IDENTITY_ENDPOINT", "MSI_ENDPOINT", "IMDS_ENDPOINT", "AZURE_POD_IDENTITY_AUTHORITY_HOST"),
    *("AZURE_FEDERATED_TOKEN_FILE", "ARM_OIDC_TOKEN_FILE_PATH"),
    *("AZURE_CLIENT_CERTIFICATE_PATH", "ARM_CLIENT_CERTIFICATE_PATH"),
    *("GITHUB_APP_PRIVATE_KEY_FILE", "GITHUB_APP_PRIVATE_KEY_PATH"),
)


def holds_token(variable: str) -> bool:
    """Say whether the value of a variable of this name is, or holds, an ambient token."""
    return _is_among(variable, TOKEN_VARIABLES)


def leads_to_token(variable: str) -> bool:
    """Say whether a variable of this name holds a token, or says where one is to be had."""
    return holds_token(variable) or _is_among(variable, TOKEN_ADDRESSES)


def _is_among(variable: str, patterns: tuple[str, ...]) -> bool:
    name = variable.upper()
    return any(fnmatchcase(name, pattern.upper()) for pattern in patterns)
