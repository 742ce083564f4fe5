"""A server of a test's own over TLS, for what no well-behaved host does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from wsgiref.types import WSGIApplication

from cheroot.ssl.builtin import BuiltinSSLAdapter

from local_sources import Host, LocalSources
from local_sources.hosts import Footing, Gate


@contextmanager
def serve(
    app: WSGIApplication, sources: LocalSources, *, tokens: Mapping[str, str] | None = None
) -> Iterator[Host]:
    """Serve an application with the certificate of the local sources, and in their log.

    `tokens` gives the log's names of the credentials that it knows, more of them in time.
    """
    certificates = sources.certificates
    tls = BuiltinSSLAdapter(str(certificates.server), str(certificates.key))
    known = {sources.token: "acme", sources.git_token: "acme-git"}
    gate = Gate(tokens=known if tokens is None else tokens)
    host = Host("own", app, Footing(log=sources.log, gate=gate, tls=tls))
    host.start()
    try:
        yield host
    finally:
        host.stop()
