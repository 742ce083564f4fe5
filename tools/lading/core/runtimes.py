"""The table of Azure's Python runtimes: minor, image, glibc, import order, end of support."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from packaging.tags import Tag, compatible_tags, cpython_tags

from lading.core.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """One Python minor as Azure Functions runs it on Linux x86-64.

    Sources: the worker's images (`azure-functions-docker`), devguide.python.org for the dates.
    """

    python: str
    image: str
    glibc: tuple[int, int]
    end_of_support: dt.date
    starts: bool = True

    @property
    def minor(self) -> tuple[int, int]:
        """Return the version as numbers, (3, 13)."""
        major, minor = self.python.split(".")
        return int(major), int(minor)

    @property
    def cache_tag(self) -> str:
        """Return what bytecode for this Python has in its name (PEP 3147)."""
        return f"cpython-{self.python.replace('.', '')}"

    @property
    def uv_platform(self) -> str:
        """Return uv's name for the platform."""
        return f"x86_64-manylinux_{self.glibc[0]}_{self.glibc[1]}"

    @property
    def platforms(self) -> tuple[str, ...]:
        """Return the platform tags that wheels may carry, the best first (PEP 600, PEP 599)."""
        legacy = {(2, 17): "manylinux2014", (2, 12): "manylinux2010", (2, 5): "manylinux1"}
        tags: list[str] = []
        for glibc_minor in range(self.glibc[1], 4, -1):
            tags.append(f"manylinux_2_{glibc_minor}_x86_64")
            if (2, glibc_minor) in legacy:
                tags.append(f"{legacy[2, glibc_minor]}_x86_64")
        return (*tags, "linux_x86_64")

    def tags(self) -> tuple[Tag, ...]:
        """Return every wheel tag that this runtime can load, the best first."""
        minor = self.minor
        interpreter = f"cp{minor[0]}{minor[1]}"
        return (
            *cpython_tags(minor, abis=[interpreter], platforms=self.platforms),
            *compatible_tags(minor, interpreter=interpreter, platforms=self.platforms),
        )


RUNTIMES = (
    Runtime(python="3.10", image="Debian 11", glibc=(2, 31), end_of_support=dt.date(2026, 10, 31)),
    Runtime(python="3.11", image="Debian 11", glibc=(2, 31), end_of_support=dt.date(2027, 10, 31)),
    Runtime(python="3.12", image="Debian 12", glibc=(2, 36), end_of_support=dt.date(2028, 10, 31)),
    Runtime(python="3.13", image="Debian 12", glibc=(2, 36), end_of_support=dt.date(2029, 10, 31)),
    Runtime(python="3.14", image="Debian 12", glibc=(2, 36), end_of_support=dt.date(2030, 10, 31)),
)


def runtime_for(python: str) -> Runtime:
    """Return the runtime of a Python minor such as "3.13"; raise ConfigError for any other."""
    for runtime in RUNTIMES:
        if runtime.python == python:
            return runtime
    known = ", ".join(runtime.python for runtime in RUNTIMES)
    raise ConfigError(
        (f"Python {python} is not a runtime of Azure Functions (known: {known})",),
        remedy='Set python = "3.13", or the version that the Function App runs.',
    )
