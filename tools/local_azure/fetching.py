"""How a site fetches a package by its URL."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import urllib3

from local_sources.certificates import Certificates

_CHUNK_BYTES = 1 << 18
_OK = 200
_VERSION = "2023-11-03"


def fetch(url: str, certificates: Certificates, *, token: str = "") -> Iterator[bytes]:
    """Yield what is at an URL of this machine; raises OSError, for every other place too.

    `token` is shown to the storage, "" for none.
    """
    if urlsplit(url).hostname not in {"localhost", "127.0.0.1"}:
        raise OSError("the storage cannot be reached")
    with urllib3.PoolManager(
        ca_certs=str(certificates.bundle), retries=False, timeout=urllib3.Timeout(30)
    ) as pool:
        try:
            shown = {"Authorization": f"Bearer {token}", "x-ms-version": _VERSION}
            headers = shown if token else {}
            answer = pool.request("GET", url, headers=headers, preload_content=False)
            if answer.status != _OK:
                raise OSError(f"the storage answered {answer.status}")
            yield from answer.stream(_CHUNK_BYTES)
        except urllib3.exceptions.HTTPError as error:
            raise OSError(type(error).__name__) from error
