"""Which files are compiled, what the result is called, and what follows if nothing can compile."""

from __future__ import annotations

from lading.core.config import Bytecode
from lading.core.errors import BuildError
from lading.core.findings import Finding

# What people write by hand is never so long; a table of data is not worth the minutes.
_LARGEST_SOURCE = 16 << 20


def is_compiled(name: str, size: int) -> bool:
    """Say whether a file is Python that is worth compiling; `size` in bytes."""
    return name.endswith(".py") and size <= _LARGEST_SOURCE


def bytecode_name(name: str, cache_tag: str) -> str:
    """Return where Python looks for the bytecode of a source (PEP 3147)."""
    folder, _, base = name.rpartition("/")
    cached = f"__pycache__/{base.removesuffix('.py')}.{cache_tag}.pyc"
    return f"{folder}/{cached}" if folder else cached


def check_bytecode(wish: Bytecode, *, python: str, found: bool) -> tuple[Finding, ...]:
    """Say what it means that an interpreter of the target's minor was found here, or was not.

    Raises BuildError where bytecode is required and nothing can make it.
    """
    if found or wish == "off":
        return ()
    remedy = f"Install Python {python} (for example: uv python install {python})"
    if wish == "required":
        raise BuildError(
            f"There is no Python {python} on this machine to compile with",
            remedy=f'{remedy}, or set bytecode = "off".',
        )
    warning = Finding(
        code="no-bytecode",
        severity="warning",
        subject=f"Python {python}",
        evidence="it is not on this machine, so the package has no bytecode and starts slower",
        remedy=f'{remedy}, or set bytecode = "off" to say that this is intended.',
    )
    return (warning,)
