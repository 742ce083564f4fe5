"""The real default index, as a feed that passes it on reads it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping

import urllib3
from pypi_simple import PYPI_SIMPLE_ENDPOINT, DistributionPackage, ProjectPage

from local_sources.shelves import Link

_FOUND = 200
_CHUNK_BYTES = 1 << 16
_TIMEOUT = urllib3.Timeout(connect=10, read=60)


class Upstream:
    """The default index of this machine, read through its proxy, pages remembered."""

    def __init__(self, ambient: Mapping[str, str]) -> None:
        self.url = ambient.get("PIP_INDEX_URL", PYPI_SIMPLE_ENDPOINT).rstrip("/")
        bundle = ambient.get("REQUESTS_CA_BUNDLE") or ambient.get("SSL_CERT_FILE")
        proxy = ambient.get("HTTPS_PROXY") or ambient.get("https_proxy")
        self._pool: urllib3.PoolManager = (
            urllib3.ProxyManager(proxy, ca_certs=bundle, timeout=_TIMEOUT)
            if proxy
            else urllib3.PoolManager(ca_certs=bundle, timeout=_TIMEOUT)
        )
        self._pages: dict[str, tuple[Link, ...]] = {}
        self._lock = threading.Lock()

    def links(self, name: str) -> tuple[Link, ...]:
        """Return what the real index offers under a canonical name, with absolute hrefs."""
        with self._lock:
            if name not in self._pages:
                self._pages[name] = self._read(name)
            return self._pages[name]

    def read_file(self, url: str) -> Iterator[bytes]:
        """Return the bytes of one of its files."""
        response = self._pool.request("GET", url, preload_content=False, decode_content=False)
        try:
            yield from response.stream(_CHUNK_BYTES)
        finally:
            response.release_conn()

    def _read(self, name: str) -> tuple[Link, ...]:
        url = f"{self.url}/{name}/"
        response = self._pool.request("GET", url, headers={"Accept": "text/html"})
        if response.status != _FOUND:
            return ()
        page = ProjectPage.from_html(name, response.data, base_url=response.url or url)
        return tuple(_link(package) for package in page.packages)


def _link(package: DistributionPackage) -> Link:
    return Link(
        filename=package.filename,
        href=package.url,
        sha256=package.digests.get("sha256"),
        size=package.size,
        requires_python=package.requires_python,
        yanked=(package.yanked_reason or "") if package.is_yanked else None,
    )
