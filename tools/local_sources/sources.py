"""`LocalSources`: every host of the example organisation, in threads of this process."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Literal, Self
from wsgiref.types import WSGIApplication

from cheroot.ssl.builtin import BuiltinSSLAdapter

from local_sources import estate
from local_sources.azure_artifacts import FEED, AzureArtifacts, BlobStore, Unauthorised
from local_sources.certificates import Certificates, issue_certificates
from local_sources.git_gateway import GitGateway
from local_sources.git_repositories import GitCommit, GitRepository, create_repository
from local_sources.hosts import Footing, Gate, Host, Trust
from local_sources.indexes import SimpleIndex, pypiserver_index
from local_sources.lure import Lure
from local_sources.neighbourhood import Neighbourhood
from local_sources.request_log import RequestLog
from local_sources.shelves import Shelf
from local_sources.upstream import Upstream

USER = "reader"
Feed = Literal["index", "azure", "mirror"]
_HOME_REALM, _FOREIGN_REALM = "/acme/", "/contoso/"


class LocalSources:
    """The private sources of Acme, a public index and hostile neighbours, on this machine.

    A context manager. Hosts, each a port of `localhost` with TLS:
    `index` (pypiserver), `azure` and `blob` (Azure Artifacts' shape, organisations acme and
    contoso), `mirror` (a feed that also passes the real index on), `git`, `public` (a stand-in for
    the public index, open), `other` (somebody else's, open, with everything) and `plain` (the same
    without TLS). Credentials: `token` for acme's feeds, `publisher_token` for uploads to them too,
    `git_token` for acme's repositories, `contoso_token` for everything of contoso. All of them are
    new in every start.
    """

    def __init__(self, ambient: Mapping[str, str]) -> None:
        self._ambient = ambient
        self._temporary = tempfile.TemporaryDirectory()
        self._folder = Path(self._temporary.name)
        self.token, self.git_token, self.contoso_token = (_token() for _ in range(3))
        self.publisher_token = _token()
        self._trusts: list[Trust] = []
        self._unauthorised = Unauthorised()
        self.log = RequestLog()
        self.certificates: Certificates = issue_certificates(self._folder, ambient=ambient)
        self.private_packages, self.public_packages, self.contoso_packages = (
            Shelf(self._folder / "shelves" / name) for name in ("private", "public", "contoso")
        )
        # Most of what tests add is private.
        self.add_wheel = self.private_packages.add_wheel
        self.add_sdist = self.private_packages.add_sdist
        self._repositories: dict[str, GitRepository] = {}
        self._repositories_changed = True
        self._git = GitGateway(self._folder / "git", ambient=ambient)
        upstream = Upstream(ambient)
        self._public = SimpleIndex(self.public_packages, upstream=upstream)
        self._mirror = SimpleIndex(self.private_packages, upstream=upstream, proxies=True)
        self._tls = BuiltinSSLAdapter(str(self.certificates.server), str(self.certificates.key))
        self._create_hosts()

    def __enter__(self) -> Self:
        """Start every host and fill them."""
        try:
            self._neighbourhood.start()
            self._fill()
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
        """Stop every host and remove what they served."""
        self._stop()

    def reset(self) -> None:
        """Make everything as it was after the start: hosts, shelves, repositories, log."""
        self._neighbourhood.restore()
        for shelf in (self.private_packages, self.public_packages, self.contoso_packages):
            shelf.clear()
        if self._repositories_changed:
            for repository in self._repositories.values():
                repository.delete()
            self._repositories.clear()
        self.refuses_want_by_commit = False
        self.html_only = False
        self.passes_on = True
        self._public.advisories = None
        self._trusts.clear()
        self._unauthorised.authority = ""
        self._fill()
        self.log.clear()

    def trust(
        self,
        recognises: Callable[[str], bool],
        *,
        name: str = "entra",
        opens: Iterable[str] = ("acme", "acme-git", "acme-publisher"),
        authority: str = "",
    ) -> None:
        """Let credentials that are recognised open what others open, until the next reset.

        The log calls them `name`; `authority` is where a 401 of Azure DevOps says to get one.
        """
        self._trusts.append(Trust(name=name, recognises=recognises, opens=frozenset(opens)))
        self._unauthorised.authority = authority

    @property
    def hosts(self) -> tuple[Host, ...]:
        """Return every host."""
        return self._neighbourhood.hosts

    @property
    def credentials(self) -> dict[str, str]:
        """Return the variables in which `configuration` looks for the credentials."""
        return {
            "ACME_USER": USER,
            "ACME_TOKEN": self.token,
            "ACME_GIT_TOKEN": self.git_token,
            "CONTOSO_TOKEN": self.contoso_token,
        }

    @property
    def index_url(self) -> str:
        """Return the URL of the private index."""
        return f"{self.index.origin}/simple/"

    @property
    def azure_url(self) -> str:
        """Return the URL of acme's feed on the host with Azure Artifacts' shape."""
        return f"{self.azure.origin}{_HOME_REALM}_packaging/{FEED}/pypi/simple/"

    @property
    def index_upload_url(self) -> str:
        """Return where the private index takes uploads."""
        return f"{self.index.origin}/"

    @property
    def azure_upload_url(self) -> str:
        """Return where acme's feed with Azure Artifacts' shape takes uploads."""
        return f"{self.azure.origin}{_HOME_REALM}_packaging/{FEED}/pypi/upload/"

    @property
    def contoso_url(self) -> str:
        """Return the URL of the other organisation's feed on the same host."""
        return f"{self.azure.origin}{_FOREIGN_REALM}_packaging/{FEED}/pypi/simple/"

    @property
    def mirror_url(self) -> str:
        """Return the URL of the feed that offers everything."""
        return f"{self.mirror.origin}/simple/"

    @property
    def public_url(self) -> str:
        """Return the URL of the stand-in for the public index."""
        return f"{self.public.origin}/simple/"

    @property
    def git_url(self) -> str:
        """Return the URL under which acme's repositories are, with a trailing "/"."""
        return f"{self.git.origin}{_HOME_REALM}"

    @property
    def tax_url(self) -> str:
        """Return the URL of the repository of acme-tax, which has tags v1.0.0 and v2.1.0."""
        return f"{self.git.origin}{estate.TAX}"

    @property
    def authority(self) -> Path:
        """Return the file of the test authority."""
        return self.certificates.authority

    @property
    def refuses_want_by_commit(self) -> bool:
        """Say whether the Git host serves branches and tags only."""
        return self._git.refuses_want_by_commit

    @refuses_want_by_commit.setter
    def refuses_want_by_commit(self, value: bool) -> None:
        self._git.refuses_want_by_commit = value

    @property
    def html_only(self) -> bool:
        """Say whether `public` and `mirror` know no JSON."""
        return self._public.html_only

    @html_only.setter
    def html_only(self, value: bool) -> None:
        self._public.html_only = self._mirror.html_only = value

    @property
    def passes_on(self) -> bool:
        """Say whether `public` and `mirror` pass names that they lack on to the real index."""
        return self._public.passes_on

    @passes_on.setter
    def passes_on(self, value: bool) -> None:
        self._public.passes_on = self._mirror.passes_on = value

    def tell_vulnerabilities(
        self, known: Mapping[tuple[str, str], list[dict[str, object]]] | None
    ) -> None:
        """Let `public` have JSON pages of releases, with what is known of (name, version)."""
        self._public.advisories = None if known is None else dict(known)

    def environment(
        self, base: Mapping[str, str] | None = None, *, public: bool = False
    ) -> dict[str, str]:
        """Return what makes a program trust the hosts, on top of `base`.

        With `public` the stand-in for the public index is the default index. Credentials are not
        in it: they are `credentials`. SSL_CERT_DIR is dropped, OpenSSL would look there too.
        """
        environment = {k: v for k, v in (base or {}).items() if k != "SSL_CERT_DIR"}
        environment |= self.certificates.variables()
        if public:
            environment["PIP_INDEX_URL"] = self.public_url
        return environment

    def configuration(self, feed: Feed = "index", *, upload: str = "") -> str:
        """Return the `[tool.lading.sources…]` tables for a project that uses a feed and Git.

        `upload` is where the feed is said to take uploads.
        """
        index = {"index": self.index_url, "azure": self.azure_url, "mirror": self.mirror_url}
        lines = ["[tool.lading.sources.acme]", f'index = "{index[feed]}"']
        lines += ['packages = ["acme-*"]', 'credential = "env:ACME_USER:ACME_TOKEN"']
        if feed == "azure":
            lines.append(f'scope = "{self.azure.origin}{_HOME_REALM}"')
        if feed == "mirror":
            lines.append("default = true")
        if upload:
            lines.append(f'upload = "{upload}"')
        lines += ["", "[tool.lading.sources.acme-git]", f'git = "{self.git_url}"']
        lines.append('credential = "env:ACME_USER:ACME_GIT_TOKEN"')
        return "\n".join(lines) + "\n"

    def signed_urls(self) -> tuple[str, ...]:
        """Return the signed blob URLs of acme's files: as secret as a credential."""
        files = sorted(self.private_packages.folder.iterdir())
        return tuple(self.blob.origin + self._blobs.sign(path.read_bytes()) for path in files)

    def add_git_repository(self, path: str, *commits: GitCommit) -> GitRepository:
        """Create a repository at a URL path, such as "/acme/platform/_git/name"."""
        self._repositories_changed = True
        repository = create_repository(self._folder / "git", path, ambient=self._ambient)
        self._repositories[path] = repository
        for commit in commits:
            repository.commit(commit)
        return repository

    def repository(self, path: str = estate.TAX) -> GitRepository:
        """Return a repository of the Git host by its URL path, to be changed."""
        self._repositories_changed = True
        return self._repositories[path]

    def _create_hosts(self) -> None:
        tokens = {self.token: "acme", self.git_token: "acme-git", self.contoso_token: "contoso"}
        tokens[self.publisher_token] = "acme-publisher"
        open_gate = Gate(tokens=tokens, trusts=self._trusts)
        publishers = {"acme-publisher": "acme"}
        own = replace(open_gate, realms={"/": "acme"}, publishers=publishers)
        contoso = {_FOREIGN_REALM: "contoso"}
        organisations = replace(
            own,
            realms={_HOME_REALM: "acme", "/": "acme", **contoso},
            unauthorised=self._unauthorised,
        )
        repositories = replace(
            open_gate, realms={_HOME_REALM: "acme-git", **contoso}, unauthorised=self._unauthorised
        )
        shelves = {"acme": self.private_packages, "contoso": self.contoso_packages}
        blobs = self._blobs = BlobStore(shelves.values(), key=secrets.token_bytes(16))
        azure = AzureArtifacts(
            shelves,
            blobs=blobs,
            origin=lambda: self.azure.origin,
            blob_origin=lambda: self.blob.origin,
        )
        self.index = self._host("index", pypiserver_index(self.private_packages), own)
        self.azure = self._host("azure", azure, organisations)
        self.blob = self._host("blob", blobs, open_gate)
        self.mirror = self._host("mirror", self._mirror, own)
        self.git = self._host("git", self._git, repositories)
        self.public = self._host("public", self._public, open_gate)
        everything = Lure((self.private_packages, self.contoso_packages), git=self._git)
        self.other = self._host("other", everything, open_gate)
        plain = Footing(log=self.log, gate=open_gate, tls=None)
        self.plain = Host("plain", everything, plain)
        self._neighbourhood = Neighbourhood(
            (
                *(self.index, self.azure, self.blob, self.mirror),
                *(self.git, self.public, self.other, self.plain),
            ),
            other=self.other,
            plain=self.plain,
        )

    def _host(self, name: str, app: WSGIApplication, gate: Gate) -> Host:
        return Host(name, app, Footing(log=self.log, gate=gate, tls=self._tls))

    def _stop(self) -> None:
        self._neighbourhood.stop()
        self._temporary.cleanup()

    def _fill(self) -> None:
        estate.fill_shelf(self.private_packages)
        if not self._repositories_changed:
            return
        estate.fill_repositories(
            estate.Estate(
                create=self.add_git_repository,
                git_origin=self.git.origin,
                other_origin=self.other.origin,
            )
        )
        self._repositories_changed = False


def _token() -> str:
    # Long enough that a search never finds it by chance, in characters that URL-encoding changes.
    return f"acme~{secrets.token_urlsafe(24)}+/="
