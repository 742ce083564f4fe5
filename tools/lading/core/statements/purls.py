"""Package URLs: the names by which scanners know a distribution."""

from __future__ import annotations

from packageurl import PackageURL

from lading.core.statements import Described, Origin


def purl_of(one: Described) -> PackageURL:
    """Return the package URL of a distribution.

    A plain `pkg:pypi` means the public package, whose vulnerabilities a scanner will tell. So one
    with another home says so, and one that has no home but this project is no such package.
    """
    if one.origin is not None and one.origin.kind == "path":
        return PackageURL("generic", None, one.name, one.version)
    return PackageURL("pypi", None, one.name, one.version, _qualifiers(one.origin, one.home))


def _qualifiers(origin: Origin | None, home: str) -> dict[str, str]:
    qualifiers = {"repository_url": home}
    if origin is not None and origin.kind == "git":
        qualifiers["vcs_url"] = origin.address
    if origin is not None and origin.kind == "url":
        qualifiers["download_url"] = origin.address
    return {key: value for key, value in qualifiers.items() if value}
