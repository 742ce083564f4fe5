"""The way out as this machine is set up: its proxies, and the certificate authorities it trusts."""

from __future__ import annotations

import os
import ssl
import sys
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import truststore

from lading.core.errors import ConfigError
from lading.core.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A proxy without user information in its URL; `login` is "user:password" where it has one."""

    url: str
    login: Secret | None = None


class Network:
    """What `ambient` says about proxies and authorities, else what the desktop is set up with."""

    def __init__(self, ambient: Mapping[str, str]) -> None:
        self._named = {
            name.lower().removesuffix("_proxy"): value
            # Lower case last: it wins, as it does in curl and the standard library.
            for name, value in sorted(ambient.items())
            if name.lower().endswith("_proxy") and value
        }
        self._of_desktop = {} if self._named else _desktop_proxies()
        self._authorities = _authorities(ambient)

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Return the passwords in the URLs of the proxies."""
        proxies = (*self._named.values(), *self._of_desktop.values())
        passwords = (urlsplit(proxy).password for proxy in proxies if "://" in proxy)
        return tuple(Secret(unquote(password)) for password in passwords if password)

    def proxy_of(self, host: str) -> Proxy | None:
        """Return the proxy for https to a host; raises ConfigError for one that cannot be used."""
        proxies = self._named or self._of_desktop
        proxy = proxies.get("https") or proxies.get("all")
        if proxy is None or self._bypasses(host):
            return None
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigError(
                ("the URL of the proxy does not begin with http:// or https://",),
                remedy="Correct HTTPS_PROXY, or list the hosts that need none in NO_PROXY.",
            )
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return Proxy(
            url=f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}",
            login=Secret(f"{user}:{password}") if user else None,
        )

    def new_tls(self, ca_bundle: str | None) -> ssl.SSLContext:
        """Return a context that trusts what the system trusts, the named bundles, and `ca_bundle`.

        Raises ConfigError for a bundle that cannot be read.
        """
        # The keychain of macOS and the store of Windows are where a company puts its authority.
        # Elsewhere OpenSSL finds the system's own, and truststore would only hold its lock through
        # each handshake: a server that shakes hands with one client at a time then waits for a
        # client that waits for the lock.
        context: ssl.SSLContext = (
            truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            if sys.platform in {"darwin", "win32"}
            else ssl.create_default_context()
        )
        for bundle in (*self._authorities, *((ca_bundle,) if ca_bundle else ())):
            folder = Path(bundle).is_dir()
            try:
                context.load_verify_locations(
                    cafile=None if folder else bundle, capath=bundle if folder else None
                )
            except (OSError, ssl.SSLError) as error:
                raise ConfigError(
                    (f"{bundle} cannot be read as a bundle of certificate authorities",),
                    remedy="Correct SSL_CERT_FILE, REQUESTS_CA_BUNDLE, PIP_CERT or the source's "
                    "ca-bundle, whichever names it.",
                ) from error
        return context

    def _bypasses(self, host: str) -> bool:
        if self._named:
            # The standard library's own reading of no_proxy; typeshed does not list it.
            return bool(urllib.request.proxy_bypass_environment(host, self._named))  # type: ignore[attr-defined]
        return bool(urllib.request.proxy_bypass(host))


def _authorities(ambient: Mapping[str, str]) -> tuple[str, ...]:
    files = (ambient.get(name) for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT"))
    folders = ambient.get("SSL_CERT_DIR", "").split(os.pathsep)
    return tuple(dict.fromkeys(path for path in (*files, *folders) if path))


def _desktop_proxies() -> dict[str, str]:
    if sys.platform == "win32":
        return urllib.request.getproxies_registry()
    if sys.platform == "darwin":
        return urllib.request.getproxies_macosx_sysconf()
    return {}
