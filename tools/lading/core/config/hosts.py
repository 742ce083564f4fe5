"""URL rules of known hosts: which URLs are one place, and what follows from a place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from lading.core.config import GitSource

_DEFAULT_PORTS = {"https": 443, "http": 80, "ssh": 22}
# Hosts that offer SSH on port 443 under another name.
_SSH_ALIASES = {
    "ssh.github.com": "github.com",
    "altssh.gitlab.com": "gitlab.com",
    "altssh.bitbucket.org": "bitbucket.org",
}
_OLD_AZURE_FEED = re.compile(r"(?P<org>[a-z0-9-]+)\.pkgs\.visualstudio\.com", re.IGNORECASE)
_OLD_AZURE_REPOS = re.compile(r"(?P<org>[a-z0-9-]+)\.visualstudio\.com", re.IGNORECASE)
_AZURE_SSH_HOSTS = ("ssh.dev.azure.com", "vs-ssh.visualstudio.com")
_AZURE_SSH_PATH = re.compile(r"/?v3/(?P<org>[^/]+)/(?P<project>[^/]+)/(?P<repository>[^/]+?)/?")
_AZURE_HOSTS = ("dev.azure.com", "pkgs.dev.azure.com")
_AZURE_FEED_PATH = re.compile(r"(?P<feed>/.+/_packaging/[^/]+/pypi)/simple/?")
_ARTIFACTORY_PATH = re.compile(r"(?P<repository>.*/api/pypi/[^/]+)/simple/?")
_GITLAB_PATH = re.compile(r"(?P<project>.*/api/v4/projects/[^/]+/packages/pypi)/simple/?")
# [user@]host:path, as ssh and Git take it; a path that begins with "/" would be a URL's.
_SCP = re.compile(r"(?:(?P<user>[^@/:\s]+)@)?(?P<host>[A-Za-z0-9.-]+):(?!//)(?P<path>[^\s?@]+)")
_SSH_SCHEMES = ("ssh://", "git+ssh://", "ssh+git://")


@dataclass(frozen=True, slots=True, kw_only=True)
class SshLocation:
    """A repository as SSH names it: host in lower case, path without leading "/"."""

    host: str
    path: str


def public_index() -> str:
    """Return the address of the public package index, which is written nowhere in this project."""
    # For this one constant pypi-simple loads an HTML parser: a quarter of a fast build's time.
    from pypi_simple import PYPI_SIMPLE_ENDPOINT  # noqa: PLC0415

    return PYPI_SIMPLE_ENDPOINT


def check_url(url: str) -> str | None:
    """Return what keeps a URL from being used for a source, or None; never quotes a secret."""
    parts = split_url(url)
    if parts is None:
        return "is not a URL that can be read"
    if parts.scheme != "https":
        return "must begin with https://: anything else can be read or changed on its way"
    if "@" in parts.netloc:
        return "must not contain a user name or password: `credential` says where it comes from"
    if not parts.hostname:
        return "has no host"
    if parts.query or parts.fragment:
        return "must not have a query or a fragment"
    return None


def split_url(url: str) -> SplitResult | None:
    """Return the parts of a URL, or None where it cannot be read without guessing.

    That is also so for "." and ".." in its path: what a prefix covers must be what is asked for.
    """
    if re.search(r"[\s\x00-\x1f\x7f\\]", url):
        return None
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - it raises for a port that is none, a sign of a "/" in a password
    except ValueError:
        return None
    if any(unquote(segment) in {".", ".."} for segment in parts.path.split("/")):
        return None
    return parts


def map_known_host(url: str) -> str:
    """Return a URL of `ORG.visualstudio.com` in the form that Azure DevOps uses today.

    Everything else is returned as it is, the case of the letters too.
    """
    parts = split_url(url)
    if parts is None:
        return url
    _, at, host = parts.netloc.rpartition("@")
    userinfo = parts.netloc[: len(parts.netloc) - len(host)] if at else ""
    path = parts.path
    for pattern, modern in (
        (_OLD_AZURE_FEED, "pkgs.dev.azure.com"),
        (_OLD_AZURE_REPOS, "dev.azure.com"),
    ):
        match = pattern.fullmatch(host.removesuffix(":443"))
        if match and match["org"].lower() != "vs-ssh":
            path = re.sub(r"^/DefaultCollection(?=/|$)", "", path, flags=re.IGNORECASE)
            mapped = parts._replace(netloc=userinfo + modern, path=f"/{match['org']}{path}")
            return urlunsplit(mapped)
    return url


def normalise_url(url: str) -> str:
    """Return the one spelling of an https URL's place.

    Known hosts in their modern form, host and Azure organisation in lower case, no user
    information, default port, query or fragment. A trailing "/" is kept as written.
    """
    parts = split_url(map_known_host(url))
    if parts is None or not parts.hostname:
        return url
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = parts.port
    if port is not None and port != _DEFAULT_PORTS.get(parts.scheme):
        host = f"{host}:{port}"
    path = re.sub(r"/{2,}", "/", parts.path)
    if parts.hostname in _AZURE_HOSTS:
        # Azure does not tell ACME from acme, a prefix comparison does.
        path = re.sub(r"^/[^/]+", lambda match: match[0].lower(), path)
    return urlunsplit((parts.scheme, host, path, "", ""))


def normalise_git_url(url: str) -> str:
    """Return the one spelling of a repository's https URL: as `normalise_url`, no trailing "/".

    A final `.git` stays as it is written: for some hosts the two are different addresses.
    """
    return normalise_url(url).rstrip("/")


def parse_ssh_location(text: str) -> SshLocation | None:
    """Return the repository that an ssh URL or `user@host:path` names, or None for other text."""
    for scheme in _SSH_SCHEMES:
        if text.startswith(scheme):
            return _ssh_url_location(text.removeprefix(scheme))
    if "://" in text:
        return None
    match = _SCP.fullmatch(text)
    return _ssh_location(match["host"], match["path"]) if match else None


def _ssh_url_location(rest: str) -> SshLocation | None:
    # ssh://git@host:org/repository is no URL but is found everywhere: ":org" is no port.
    match = re.fullmatch(r"(?:[^@/\s]+@)?([A-Za-z0-9.-]+)(?::(\d+)(?=/)|:)?/?([^\s?@]+)", rest)
    return _ssh_location(match[1], match[3]) if match else None


def _ssh_location(host: str, path: str) -> SshLocation:
    host = host.lower()
    return SshLocation(host=_SSH_ALIASES.get(host, host), path=path.strip("/"))


def map_ssh_location(location: SshLocation, sources: tuple[GitSource, ...]) -> str:
    """Return the https URL of a repository that is named in the way of SSH.

    SSH says neither the port of https nor, for Bitbucket Server, the path: a declared source on
    the same host tells them. Without one it is the plain translation.
    """
    azure = _AZURE_SSH_PATH.fullmatch(location.path)
    if location.host in _AZURE_SSH_HOSTS and azure:
        return normalise_git_url(
            f"https://dev.azure.com/{azure['org']}/{azure['project']}/_git/{azure['repository']}"
        )
    plain = f"https://{location.host}/{location.path}"
    for source in sources:
        parts = urlsplit(source.url)
        if parts.hostname != location.host:
            continue
        for path in (location.path, f"scm/{location.path}"):
            url = f"https://{parts.netloc}/{path}"
            if f"{url}/".startswith(source.url):
                return normalise_git_url(url)
    return normalise_git_url(plain)


def index_scope(index: str) -> str:
    """Return the URL prefix to which an index's credential may be sent, unless declared otherwise.

    Azure Artifacts: the organisation on the feed host, because its file links carry GUIDs in place
    of the index's path. All others: the index URL without its trailing `simple/`, which is the
    repository for Artifactory. Ends in "/".
    """
    parts = urlsplit(index)
    organisation = parts.path.strip("/").split("/")[0]
    if parts.hostname == "pkgs.dev.azure.com" and organisation:
        return f"https://{parts.netloc}/{organisation}/"
    return re.sub(r"(?<=/)simple/$", "", f"{index.rstrip('/')}/")


def index_upload(index: str) -> str | None:
    """Return where a known index takes uploads, or None where only the user can tell."""
    parts = urlsplit(index)
    if parts.hostname == "pkgs.dev.azure.com" and (feed := _AZURE_FEED_PATH.fullmatch(parts.path)):
        return f"https://{parts.netloc}{feed['feed']}/upload/"
    if repository := _ARTIFACTORY_PATH.fullmatch(parts.path):
        return f"https://{parts.netloc}{repository['repository']}"
    if project := _GITLAB_PATH.fullmatch(parts.path):
        return f"https://{parts.netloc}{project['project']}"
    return None


def suggest_credential(url: str) -> str | None:
    """Return the credential kind that usually opens a host, for the text of a remedy."""
    parts = split_url(url)
    host = (parts.hostname if parts else None) or ""
    if host in _AZURE_HOSTS or host.endswith(".visualstudio.com"):
        return "azure-devops"
    for name in ("github", "gitlab", "bitbucket"):
        if name in host.split("."):
            return name
    if parts and (_ARTIFACTORY_PATH.fullmatch(parts.path) or host.endswith(".jfrog.io")):
        return "artifactory"
    return None


def suggest_git_prefix(url: str) -> str:
    """Return the prefix that a source for a repository would usually declare, ending in "/"."""
    parts = urlsplit(url)
    first = parts.path.strip("/").split("/")[0]
    return f"https://{parts.netloc}/{first}/" if first else f"https://{parts.netloc}/"
