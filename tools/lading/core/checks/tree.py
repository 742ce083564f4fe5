"""What a package's tree is checked for: what was asked is there, once, and in its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from lading.core.bundle import Bundle
from lading.core.findings import Finding
from lading.core.layer import SITE_PACKAGES
from lading.core.machine import target_machine
from lading.core.requirements.lines import logical_lines
from lading.core.runtimes import Runtime

_HOST = "host.json"
_PACKAGES = ".python_packages/"
# The worker has it, and lets apps without a copy of their own import it.
_OF_WORKER = frozenset({"azure-functions"})
_DIST_INFO = re.compile(r"(?P<name>[^/]+?)-(?P<version>[^/-]+)\.dist-info/")
_EDITABLE = re.compile(r"__editable__|.*\.egg-link$")
_ENVIRONMENT = re.compile(
    r"(?P<folder>.*?)(?:pyvenv\.cfg$|(?:lib|Lib)/(?:python[\d.]+/)?site-packages/)"
)


def vendored_distributions(bundle: Bundle) -> tuple[tuple[str, str], ...]:
    """Return name (canonical) and version of every distribution, as its .dist-info tells."""
    found = {
        (canonicalize_name(match["name"]), match["version"])
        for entry in bundle.entries
        if entry.name.startswith(SITE_PACKAGES)
        and (match := _DIST_INFO.match(entry.name.removeprefix(SITE_PACKAGES)))
    }
    return tuple(sorted(found))


def check_tree(bundle: Bundle) -> tuple[Finding, ...]:
    """Find what no import will meet where it lies, or will meet twice."""
    return (
        *_check_duplicates(vendored_distributions(bundle)),
        *_check_editable(bundle),
        *_check_root(entry.name for entry in bundle.entries),
    )


def check_vendored(
    bundle: Bundle, runtime: Runtime, *, requirements: str | None
) -> tuple[Finding, ...]:
    """Find requirements of which nothing is there, and packages where Azure does not look.

    `requirements` is the file's text, or None.
    """
    asked = tuple(name for name in _asked(requirements or "", runtime) if name not in _OF_WORKER)
    there = any(
        entry.name.startswith(SITE_PACKAGES) and entry.name.endswith((".py", ".so", "/METADATA"))
        for entry in bundle.entries
    )
    if there or not asked:
        return tuple(_check_environments(bundle))
    elsewhere = sorted(
        {entry.name.split("/")[0] for entry in bundle.entries if _strays(entry.name)}
    )
    found = f"; there are packages in {', '.join(elsewhere)}" if elsewhere else ""
    return (
        Finding(
            code="nothing-vendored",
            severity="error",
            subject="requirements.txt",
            evidence=f"it asks for {asked[0]}{_more(asked)}, and {SITE_PACKAGES} is empty{found}",
            remedy="Build the package with `lading build`, and see that no later step drops"
            " folders that begin with a dot.",
        ),
    )


def is_editable(name: str) -> bool:
    """Say whether a file of site-packages is what an editable installation leaves there."""
    return "/" not in name and _EDITABLE.match(name) is not None


def _check_duplicates(distributions: Iterable[tuple[str, str]]) -> Iterator[Finding]:
    versions: dict[str, list[str]] = {}
    for name, version in distributions:
        versions.setdefault(name, []).append(version)
    for name, several in versions.items():
        if len(several) > 1:
            yield Finding(
                code="duplicate-distribution",
                severity="error",
                subject=name,
                evidence=f"versions {' and '.join(several)} lie in one folder, mixed",
                remedy="Empty the folder, and install everything into it at once.",
            )


def _check_editable(bundle: Bundle) -> Iterator[Finding]:
    for entry in bundle.entries:
        name = entry.name.removeprefix(SITE_PACKAGES)
        if name != entry.name and is_editable(name):
            yield Finding(
                code="editable-install",
                severity="error",
                subject=name,
                evidence="it points at a folder of the machine that installed it; the code itself"
                " is not in the package",
                remedy="Install it without -e; `lading build` makes a wheel of it.",
            )


def _check_root(names: Iterable[str]) -> Iterator[Finding]:
    hosts = [name for name in names if name == _HOST or name.endswith(f"/{_HOST}")]
    own = [name for name in hosts if not name.startswith(_PACKAGES)]
    if _HOST in own or not own:
        return
    folder = min(own, key=lambda name: name.count("/")).removesuffix(_HOST)
    yield Finding(
        code="nested-package",
        severity="error",
        subject=folder,
        evidence=f"{_HOST} is in {folder} and not at the package's root, where Azure looks",
        remedy="Pack what is in the folder, not the folder.",
    )


def _check_environments(bundle: Bundle) -> Iterator[Finding]:
    sizes: dict[str, int] = {}
    for entry in bundle.entries:
        if (match := _strays(entry.name)) is not None:
            folder = match["folder"] or "./"
            sizes[folder] = sizes.get(folder, 0) + entry.member.size
    for folder, size in sorted(sizes.items()):
        yield Finding(
            code="venv-in-package",
            severity="warning",
            subject=folder,
            evidence=f"a virtual environment ({size >> 20} MiB), where Azure does not look",
            remedy="Leave it out with a line in .funcignore.",
        )


def _strays(name: str) -> re.Match[str] | None:
    return None if name.startswith(_PACKAGES) else _ENVIRONMENT.match(name)


def _asked(text: str, runtime: Runtime) -> Iterator[str]:
    markers = target_machine(runtime).markers
    for _, line in logical_lines(text):
        # Hashes and other options of a requirement stand behind it.
        words = line.partition(" --")[0].strip()
        try:
            asked = Requirement(words)
        except InvalidRequirement:
            if not words.startswith("-"):
                yield words
            continue
        if asked.marker is None or asked.marker.evaluate({**markers, "extra": ""}):
            yield canonicalize_name(asked.name)


def _more(asked: tuple[str, ...]) -> str:
    return f" and {len(asked) - 1} more" if len(asked) > 1 else ""
