"""The one home of everything that can be fetched: which source answers for it, and how far."""

from __future__ import annotations

from dataclasses import dataclass

from lading.core.access.scope import longest_cover
from lading.core.config import DEFAULT_INDEX, CredentialSpec, DefaultIndex, Project, Source
from lading.core.config.hosts import index_scope, public_index
from lading.core.errors import SourceError
from lading.core.urls import UrlError, parse_url


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where something comes from: a declared source, or with `source` None another place.

    `place` is how it is told; `scope` the URL prefix under which its credential may be shown, ""
    where there is none to show; `ca_bundle` a path.
    """

    name: str
    place: str
    url: str
    scope: str
    source: Source | None = None
    ca_bundle: str | None = None

    @property
    def credential(self) -> CredentialSpec | None:
        """Return how its credential is declared."""
        return None if self.source is None else self.source.credential


@dataclass(frozen=True, slots=True, kw_only=True)
class Homes:
    """All places that a project may fetch from."""

    project: Project
    default_index: DefaultIndex

    def of_source(self, source: Source) -> Home:
        """Return the home that a declared source is."""
        bundle = source.ca_bundle
        return Home(
            name=source.name,
            place=f"the source {source.name}",
            url=source.url,
            scope=source.scope,
            source=source,
            ca_bundle=str(self.project.root / bundle) if bundle else None,
        )

    def of_default_index(self) -> Home:
        """Return the home of every name that no declared source owns."""
        url = self.default_index.url or public_index()
        return Home(name=DEFAULT_INDEX, place="the default index", url=url, scope=index_scope(url))

    def of_public_index(self) -> Home:
        """Return the home of what everybody may know, whatever the default index is here."""
        url = public_index()
        return Home(name="PyPI", place="PyPI", url=url, scope=index_scope(url))

    def of_package(self, name: str) -> Home:
        """Return the one home of a distribution."""
        source = self.project.index_of(name)
        return self.of_default_index() if source is None else self.of_source(source)

    def named(self, name: str) -> Home:
        """Return the home that a lock names; raises SourceError where it is no longer declared."""
        for source in self.project.sources:
            if source.name == name:
                return self.of_source(source)
        if name == DEFAULT_INDEX:
            return self.of_default_index()
        raise SourceError(
            f"the lock names the source {name}, which is not declared",
            remedy=f"Declare [tool.lading.sources.{name}] again, or lock anew: lading lock",
        )

    def covering(self, url: str) -> Home:
        """Return the home whose scope covers a URL most closely, else one without any scope."""
        homes = [self.of_source(source) for source in self.project.sources]
        if self.default_index.credential is not None:
            homes.append(self.of_default_index())
        try:
            parsed = parse_url(url)
        except UrlError:
            return Home(name="direct", place="a direct URL", url="", scope="")
        scope = longest_cover(tuple(home.scope for home in homes), parsed)
        for home in homes:
            if home.scope == scope:
                return home
        return Home(name="direct", place=parsed.origin, url=str(parsed), scope="")
