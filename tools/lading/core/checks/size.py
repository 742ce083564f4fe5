"""What sizes are checked for: what Azure takes, and what the app's owner wants to pay."""

from __future__ import annotations

from collections.abc import Iterable

from lading.core.bundle import Bundle, owner_of
from lading.core.findings import Finding
from lading.core.lock import LockedFile

# The documentation of Functions: “The maximum size for all deployment package files is 1 GB.”
LARGEST_PACKAGE = 1 << 30
_MEBIBYTE = 1 << 20
_MOST_NAMES = 5
_GPU = frozenset({"torch", "tensorflow", "jaxlib", "xgboost"})


def check_download(files: Iterable[LockedFile]) -> tuple[Finding, ...]:
    """Find a package that will be too large, from the sizes that the index tells."""
    sizes = {file.name: file.size for file in files if file.size is not None and file.is_wheel}
    return _too_large(sizes, "the wheels alone are")


def check_size(bundle: Bundle, *, budget: int | None) -> tuple[Finding, ...]:
    """Find a package over Azure's limit or the app's budget, both in bytes of the zip."""
    sizes: dict[str, int] = {}
    for entry in bundle.entries:
        owner = owner_of(entry.layer)
        sizes[owner] = sizes.get(owner, 0) + entry.member.compressed_size
    total = sum(sizes.values())
    if total > LARGEST_PACKAGE or budget is None or total <= budget:
        return _too_large(sizes, "the package is")
    return (
        Finding(
            code="over-budget",
            severity="warning",
            subject="package",
            evidence=f"it is {_mib(total)}, over its size-budget of {_mib(budget)}:"
            f" {_largest(sizes)}",
            remedy=_remedy(sizes, "Do without one of them, or raise size-budget."),
        ),
    )


def _too_large(sizes: dict[str, int], what: str) -> tuple[Finding, ...]:
    total = sum(sizes.values())
    if total <= LARGEST_PACKAGE:
        return ()
    return (
        Finding(
            code="too-large",
            severity="error",
            subject="package",
            evidence=f"{what} {_mib(total)}, and Azure takes {_mib(LARGEST_PACKAGE)}:"
            f" {_largest(sizes)}",
            remedy=_remedy(sizes, "Do without one of them, or run the app in a container."),
        ),
    )


def _remedy(sizes: dict[str, int], otherwise: str) -> str:
    if not any(name in _GPU or name.startswith("nvidia-") for name in sizes):
        return otherwise
    return (
        "Ask for wheels without GPU code: Functions has no GPU. PyTorch has an index of its own"
        f" for them, “cpu”, to be declared as a source. {otherwise}"
    )


def _largest(sizes: dict[str, int]) -> str:
    ordered = sorted(sizes.items(), key=lambda pair: (-pair[1], pair[0]))[:_MOST_NAMES]
    return ", ".join(f"{name} {_mib(size)}" for name, size in ordered)


def _mib(size: int) -> str:
    return f"{size / _MEBIBYTE:.1f} MiB"
