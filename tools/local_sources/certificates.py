"""A certificate authority for one run, and what makes clients trust it."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import certifi
import trustme

# pip and requests, curl, OpenSSL, pip, Git, Node: each asks its own variable first.
_BUNDLE_VARIABLES = (
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "SSL_CERT_FILE",
    "PIP_CERT",
    "GIT_SSL_CAINFO",
    "NODE_EXTRA_CA_CERTS",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """The files of one run's authority.

    `authority` is the test authority alone, `bundle` the system's authorities and it, so that the
    real index stays reachable; `server` and `key` are what the servers on this machine show.
    """

    authority: Path
    bundle: Path
    server: Path
    key: Path

    def variables(self) -> dict[str, str]:
        """Return the variables that make every client trust the servers of this run."""
        return dict.fromkeys(_BUNDLE_VARIABLES, str(self.bundle))


def issue_certificates(folder: Path, *, ambient: Mapping[str, str]) -> Certificates:
    """Create an authority and a certificate for `localhost` and 127.0.0.1 in `folder`."""
    authority = trustme.CA(organization_name="Lading local sources")
    issued = authority.issue_cert("localhost", "127.0.0.1")
    files = Certificates(
        authority=folder / "authority.pem",
        bundle=folder / "bundle.pem",
        server=folder / "server.pem",
        key=folder / "key.pem",
    )
    authority.cert_pem.write_to_path(str(files.authority))
    system = system_bundle(ambient).read_bytes()
    files.bundle.write_bytes(system.rstrip() + b"\n" + files.authority.read_bytes())
    files.server.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    files.key.touch(mode=0o600)
    files.key.write_bytes(issued.private_key_pem.bytes())
    return files


def system_bundle(ambient: Mapping[str, str]) -> Path:
    """Return the file of authorities that this machine trusts."""
    candidates = [ambient.get(name) for name in _BUNDLE_VARIABLES[:4]]
    candidates.append(ssl.get_default_verify_paths().cafile)
    for candidate in candidates:
        if candidate and Path(candidate).is_file():
            return Path(candidate)
    return Path(certifi.where())
