"""What sizes are checked for: what Azure takes, and what the app's owner wants to pay."""

from __future__ import annotations

from collections.abc import Iterable

from lading.core.bundle import Bundle, owner_of
from lading.core.findings import Finding
from lading.core.lock import LockedFile
from lading.core.sizes import render_size

# The documentation of Functions: “The maximum size for all deployment package files is 1 GB.” It is
# one for every plan. What they differ in is “Storage (temporary)” of the table of service limits:
# Consumption on Linux 1.5 GB, Dedicated 11 GB, Premium 21 GB, and this, which alone is less.
LARGEST_PACKAGE = 1 << 30
FLEX_STORAGE = 800_000_000
_MOST_NAMES = 5
_GPU = frozenset({"torch", "tensorflow", "jaxlib", "xgboost"})


def check_download(files: Iterable[LockedFile], *, budget: int | None) -> tuple[Finding, ...]:
    """Find a package that will be too large, from the sizes that the index tells."""
    sizes = {file.name: file.size for file in files if file.size is not None and file.is_wheel}
    return _check(sizes, budget, "the wheels alone are")


def check_size(bundle: Bundle, *, budget: int | None) -> tuple[Finding, ...]:
    """Find a package over Azure's limit or the app's budget, both in bytes of the zip."""
    sizes: dict[str, int] = {}
    for entry in bundle.entries:
        owner = owner_of(entry.layer)
        sizes[owner] = sizes.get(owner, 0) + entry.member.compressed_size
    return _check(sizes, budget, "the package is")


def _check(sizes: dict[str, int], budget: int | None, what: str) -> tuple[Finding, ...]:
    total = sum(sizes.values())
    if total > LARGEST_PACKAGE:
        return _too_large(sizes, what)
    if total <= (FLEX_STORAGE if budget is None else budget):
        return ()
    bound = f"over its size-budget of {render_size(budget or 0)}"
    if budget is None:
        bound = (
            f"more than Flex Consumption gives an instance for files ({render_size(FLEX_STORAGE)})"
        )
    return (
        Finding(
            code="over-budget",
            severity="warning",
            subject="package",
            evidence=f"{what} {render_size(total)}, {bound}: {_largest(sizes)}",
            remedy=_remedy(
                sizes,
                "Do without one of them, or raise size-budget."
                if budget is not None
                else 'Do without one of them; for another plan say size-budget = "1 GB".',
            ),
        ),
    )


def _too_large(sizes: dict[str, int], what: str) -> tuple[Finding, ...]:
    total = sum(sizes.values())
    return (
        Finding(
            code="too-large",
            severity="error",
            subject="package",
            evidence=f"{what} {render_size(total)}, and Azure takes {render_size(LARGEST_PACKAGE)}:"
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
    return ", ".join(f"{name} {render_size(size)}" for name, size in ordered)
