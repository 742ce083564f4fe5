"""What files are checked for: private keys and tokens that would leave with the package."""

from __future__ import annotations

from collections.abc import Iterable

from lading.core.bundle import APP, Bundle
from lading.core.findings import Finding
from lading.core.layer import SITE_PACKAGES, Layer

# Files that are there to hold credentials; `build` never packs them, other tools do.
_HOLDERS = frozenset({"local.settings.json", ".env", ".npmrc", ".pypirc", ".netrc"})
# What a clone with a token in its URL leaves behind.
_GIT_CONFIG = ".git/config"


def check_exposed(layers: Iterable[Layer]) -> tuple[Finding, ...]:
    """Find private keys and tokens in files; in a distribution they are everybody's already."""
    return tuple(
        _finding(layer, name=place.name, line=place.line, kind=place.kind)
        for layer in layers
        for place in layer.exposed
    )


def check_holders(bundle: Bundle) -> tuple[Finding, ...]:
    """Find files whose purpose is to hold credentials, by their names."""
    return tuple(
        Finding(
            code="credential-in-app-file",
            severity="error",
            subject=APP,
            evidence=f"{entry.name} is where credentials of a developer's machine are kept",
            remedy="Leave it out, and give the app its settings in Azure. Revoke what was in it"
            " if the package was shared.",
        )
        for entry in bundle.entries
        if not entry.name.startswith(SITE_PACKAGES) and _holds(entry.name)
    )


def _holds(name: str) -> bool:
    return name.rpartition("/")[2].casefold() in _HOLDERS or f"/{name}".endswith(f"/{_GIT_CONFIG}")


def _finding(layer: Layer, *, name: str, line: int, kind: str) -> Finding:
    where = f"{name}, line {line}"
    if layer.name or name.startswith(SITE_PACKAGES):
        return Finding(
            code="key-in-wheel",
            severity="warning",
            subject=layer.name or name,
            evidence=f"{where}: a {kind}, which everybody has who has this wheel",
            remedy="See that nothing trusts it; most are examples and tests.",
        )
    private = kind == "private key"
    return Finding(
        code="private-key" if private else "credential-in-app-file",
        severity="error",
        subject=name,
        evidence=f"{where}: {'a' if kind[0].lower() not in 'aeiou' else 'an'} {kind}",
        remedy="Keep it in Key Vault or in an app setting, and revoke this one."
        " A key for tests: leave its file out with a line in .funcignore.",
    )
