"""Package URLs: the names by which scanners know a distribution."""

from __future__ import annotations

from packageurl import PackageURL

from lading.core.statements import Described


def purl_of(one: Described) -> PackageURL:
    """Return the package URL of a distribution.

    A plain `pkg:pypi` means the public package, whose vulnerabilities a scanner will tell. So one
    with another home says so, and one whose home may not be told is no such package.
    """
    home, kind = _place(one)
    if home == "":
        return PackageURL("generic", None, one.name, one.version)
    return PackageURL("pypi", None, one.name, one.version, {kind: home} if home else None)


def _place(one: Described) -> tuple[str | None, str]:
    """Return where a distribution has its home, and as which qualifier; None is the public index.

    A folder of the project has none that others could reach.
    """
    origin = one.origin
    if origin is None or origin.kind == "archive":
        return one.home, "repository_url"
    return origin.address, "vcs_url" if origin.kind == "git" else "download_url"
