"""A server of a test's own over TLS, for what no well-behaved host does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from wsgiref.types import WSGIApplication

from cheroot.ssl.builtin import BuiltinSSLAdapter

from local_sources import Host, LocalSources
from local_sources.hosts import Gate


@contextmanager
def serve(app: WSGIApplication, sources: LocalSources) -> Iterator[Host]:
    """Serve an application with the certificate of the local sources, and in their log."""
    certificates = sources.certificates
    tls = BuiltinSSLAdapter(str(certificates.server), str(certificates.key))
    gate = Gate(tokens={sources.token: "acme", sources.git_token: "acme-git"})
    host = Host("own", app, log=sources.log, gate=gate, tls=tls)
    host.start()
    try:
        yield host
    finally:
        host.stop()
