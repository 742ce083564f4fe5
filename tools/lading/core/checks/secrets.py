"""What files are checked for: private keys and tokens that would leave with the package."""

from __future__ import annotations

from collections.abc import Iterable

from lading.core.bundle import APP, Bundle
from lading.core.bundle.appfiles import is_env_file
from lading.core.findings import Finding
from lading.core.layer import SITE_PACKAGES, Exposed, Layer
from lading.core.private_keys import PRIVATE_KEY

# Files that are there to hold credentials; `build` never packs them, other tools do.
_HOLDERS = frozenset({"local.settings.json", ".npmrc", ".pypirc", ".netrc"})
# Folders of a distribution whose keys are there to be seen.
_SHOWN_TO_ALL = frozenset(
    {"doc", "docs", "example", "examples", "sample", "samples", "selftest", "test", "tests"}
)
# What a clone with a token in its URL leaves behind.
_GIT_CONFIG = ".git/config"


def check_exposed(layers: Iterable[Layer]) -> tuple[Finding, ...]:
    """Find private keys and tokens in files; in a distribution they are everybody's already."""
    found: list[Finding] = []
    for layer in layers:
        vendored = [one for one in layer.exposed if layer.name or _is_vendored(one)]
        found += [_in_app(one) for one in layer.exposed if one not in vendored]
        keys = [one for one in vendored if one.kind == PRIVATE_KEY and not _for_tests(one.name)]
        if keys:
            found.append(_in_wheel(layer.name or keys[0].name, keys))
    return tuple(found)


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
    base = name.rpartition("/")[2]
    is_holder = is_env_file(base) or base.casefold() in _HOLDERS
    return is_holder or f"/{name}".endswith(f"/{_GIT_CONFIG}")


def _is_vendored(place: Exposed) -> bool:
    return place.name.startswith(SITE_PACKAGES)


def _for_tests(name: str) -> bool:
    return any(part in _SHOWN_TO_ALL for part in name.casefold().split("/")[:-1])


def _in_wheel(owner: str, keys: list[Exposed]) -> Finding:
    more = f" and {len(keys) - 1} more" if len(keys) > 1 else ""
    return Finding(
        code="key-in-wheel",
        severity="warning",
        subject=owner,
        evidence=f"{keys[0].name}, line {keys[0].line}{more}: a private key, which everybody has"
        " who has this wheel",
        remedy="See that nothing trusts it.",
    )


def _in_app(place: Exposed) -> Finding:
    article = "an" if place.kind[0].lower() in "aeiou" else "a"
    return Finding(
        code="private-key" if place.kind == PRIVATE_KEY else "credential-in-app-file",
        severity="error",
        subject=place.name,
        line=place.line,
        evidence=f"{article} {place.kind}",
        remedy="Keep it in Key Vault or in an app setting, and revoke this one."
        " A key for tests: leave its file out with a line in .funcignore.",
    )
