"""Packages of other tools that are broken in the vendored folder, as people reported them."""

from __future__ import annotations

from tests.corpus.case import Content, Files, app, installed, packed, vendored
from tests.corpus.natives import C_PLUS_PLUS, asking, crashing, native

_REQUESTED = "azure-functions\nrequests==2.32.3\n"


def _asks(name: str, text: str = _REQUESTED) -> Files:
    return app(f"import {name}", **{"requirements.txt": text})


def _with(package: str, module: str, content: Content, *, name: str = "") -> Files:
    """Return an app that imports a package with one native module, which another tool vendored."""
    top = package.partition("/")[0]
    stem = module.partition(".")[0]
    files: dict[str, Content] = {
        f"{top}/__init__.py": "",
        f"{package}/__init__.py": f"from . import {stem}\n",
    }
    files[f"{package}/{module}"] = content
    return {
        **app(f"import {package.replace('/', '.')}"),
        **installed(name or top, "1.0", files),
    }


PLACES = [
    packed(1, "dependencies went somewhere else", "error nothing-vendored", _asks("requests")),
    packed(
        1,
        "dependencies are in worker_venv",
        "error nothing-vendored",
        {
            **_asks("requests"),
            "worker_venv/pyvenv.cfg": "home = /usr/bin\n",
            "worker_venv/lib/python3.13/site-packages/requests/__init__.py": "",
        },
    ),
    packed(
        15,
        "an editable installation points at the build machine",
        "error editable-install",
        {
            **app("import shared"),
            **installed("shared", "1.0", {"__editable__.shared-1.0.pth": "/build/shared/src\n"}),
        },
    ),
    packed(
        20,
        "pip --target twice, and a namespace package was replaced",
        "error incomplete-distribution",
        {
            **app("import azure.storage.blob"),
            **vendored(
                {
                    "azure_storage_blob-12.1.dist-info/RECORD": "azure/storage/__init__.py,,\n"
                    "azure/storage/blob/__init__.py,sha256=x,1\n../../bin/tool.py,,\n"
                }
            ),
        },
    ),
    packed(
        21,
        "a stale folder was installed into",
        "error duplicate-distribution",
        {
            **app("import six"),
            **installed("six", "1.16.0", {"six.py": ""}),
            **installed("six", "1.17.0"),
        },
    ),
    packed(
        23,
        "the artifact step dropped the folders that begin with a dot",
        "error nothing-vendored",
        _asks("requests", "requests==2.32.3 \\\n    --hash=sha256:00\n"),
    ),
    packed(
        24,
        "a virtual environment was packed too",
        "warning venv-in-package",
        {**app(), ".env/pyvenv.cfg": "home = /usr/bin\n", ".env/bin/python": "x"},
    ),
    packed(
        42,
        "the folder was packed, not what is in it",
        "error nested-package",
        {f"orders/{name}": content for name, content in app().items()},
    ),
    packed(
        43,
        "PowerShell wrote the requirements in UTF-16, and nothing was installed",
        "error nothing-vendored",
        {**app("import requests"), "requirements.txt": "requests\r\n".encode("utf-16")},
    ),
    packed(
        44,
        "markers were judged for the builder's Python",
        "error nothing-vendored",
        _asks("requests", 'requests ; python_version >= "3.13"\n'),
    ),
    packed(
        48,
        "two versions of one distribution",
        "error duplicate-distribution",
        {
            **app("import aiobotocore"),
            **installed("aiobotocore", "2.2.0", {"aiobotocore/__init__.py": ""}),
            **installed("aiobotocore", "2.5.0"),
        },
    ),
]

NATIVES = [
    packed(
        3,
        "a wheel for the agent's newer glibc",
        "error glibc-too-new",
        _with("bcrypt", "_bcrypt.abi3.so", asking("GLIBC_2.28", "GLIBC_2.39")),
    ),
    packed(
        3,
        "a wheel for a newer libstdc++",
        "error libstdcxx-too-new",
        _with(
            "hnswlib",
            "_core.abi3.so",
            asking("GLIBCXX_3.4.20", "GLIBCXX_3.4.99", module=C_PLUS_PLUS),
        ),
    ),
    packed(
        18,
        "numpy for another Python minor",
        "error wrong-abi",
        _with("numpy/core", "_multiarray_umath.cpython-311-x86_64-linux-gnu.so", native),
    ),
    packed(
        22,
        "a system library that the image does not have",
        "error missing-library",
        _with("psycopg2", "_psycopg.abi3.so", asking("libgcc_s.so.1", "libpq.so.5")),
    ),
    packed(
        22,
        "a system library that only the container image has",
        "warning missing-library",
        {
            **_with("cv2", "_rust.abi3.so", asking("libgcc_s.so.1", "libGL.so.1")),
            # Whether it can be imported here differs from machine to machine.
            **app(),
        },
    ),
    packed(
        26,
        "built on Windows",
        "error wrong-platform",
        _with("PIL", "_imaging.cp313-win_amd64.pyd", b"MZ\x90\0\3\0\0\0", name="pillow"),
    ),
    packed(
        26,
        "built on macOS",
        "error wrong-platform",
        _with("PIL", "_imaging.cpython-313-darwin.so", b"\xcf\xfa\xed\xfe\0\0\0\0", name="pillow"),
    ),
    packed(
        56,
        "a native module crashes the interpreter",
        "error import-error",
        _with("acme_native", "_rust.abi3.so", crashing),
    ),
]

VENDORED_WRONG = [*PLACES, *NATIVES]
