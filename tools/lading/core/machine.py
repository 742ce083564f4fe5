"""What wheels have to run on: the Function App, or the machine that builds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from packaging.tags import Tag

from lading.core.runtimes import Runtime


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A Python on a platform.

    `python` is "3.13" or "3.13.0"; `platform` is uv's name of the platform and empty where
    `interpreter` is asked itself; `tags` are the wheel tags that run there, the best first;
    `markers` the values of environment markers, as far as they are not this machine's own.
    """

    name: str
    python: str
    tags: tuple[Tag, ...]
    platform: str = ""
    interpreter: str = ""
    markers: Mapping[str, str] = field(default_factory=dict)


def target_machine(runtime: Runtime) -> Machine:
    """Return the machine that a runtime of Azure Functions is."""
    return Machine(
        name=f"Python {runtime.python} on Azure Functions (Linux x86-64)",
        python=runtime.python,
        tags=runtime.tags(),
        platform=runtime.uv_platform,
        markers={
            "implementation_name": "cpython",
            "implementation_version": f"{runtime.python}.0",
            "os_name": "posix",
            "platform_machine": "x86_64",
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": "Linux",
            "platform_version": "",
            "python_full_version": f"{runtime.python}.0",
            "python_version": runtime.python,
            "sys_platform": "linux",
        },
    )
