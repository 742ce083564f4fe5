"""Broken projects, as people reported them: what is said before, or in place of, a package."""

from __future__ import annotations

from tests.corpus.case import (
    TOKEN,
    V2,
    Broken,
    Content,
    Offered,
    Project,
    Refusal,
    app,
)
from tests.corpus.natives import asking, native
from tests.corpus.own_files import PRIVATE_KEY

_SMALL = 'size-budget = "10 kB"\n'
# As PyPI has it.
_ADVISORY: dict[str, object] = {
    "id": "PYSEC-2026-1",
    "aliases": ["CVE-2026-1"],
    "fixed_in": ["1.2"],
    "summary": None,
    "details": "A crafted list of wares never ends.",
    "withdrawn": None,
}


def _acme(name: str, *, tag: str = "py3-none-any", **files: Content) -> Offered:
    return Offered(name=f"acme-{name}", files=files, tag=tag)


def _build(number: int | None, what: str, gives: str, project: Project) -> Broken:
    return Broken(number=number, what=what, gives=(gives,), made=project)


def _refused(number: int | None, what: str, refusal: tuple[int, str], project: Project) -> Broken:
    code, says = refusal
    return Broken(number=number, what=what, gives=Refusal(exit_code=code, says=says), made=project)


BUILT = [
    _build(
        2,
        "an error at import is swallowed",
        "error import-error",
        Project(files=app("from helpers import start", **{"helpers.py": "start = 1 / 0\n"})),
    ),
    _build(
        36,
        "a dependency that only the developer has",
        "error import-error",
        Project(files=app("import requests")),
    ),
    _build(
        37,
        "a decorator that does not exist",
        "error import-error",
        Project(files=app(code=V2 + "\n\n@app.warm_up()\ndef warm(context):\n    pass\n")),
    ),
    _build(
        3,
        "a wheel that says manylinux_2_17 and was made on the agent",
        "error glibc-too-new",
        Project(
            files=app("import acme_crypt"),
            requirements="azure-functions\nacme-crypt\n",
            offered=(
                Offered(
                    name="acme-crypt",
                    tag="cp311-abi3-manylinux_2_17_x86_64",
                    files={
                        "acme_crypt/__init__.py": "from . import _rust\n",
                        "acme_crypt/_rust.abi3.so": asking("GLIBC_2.28", "GLIBC_2.39"),
                    },
                ),
            ),
        ),
    ),
    _build(
        18,
        "a wheel with a module for another minor",
        "error wrong-abi",
        Project(
            files=app("import acme_fast"),
            requirements="azure-functions\nacme-fast\n",
            offered=(
                Offered(
                    name="acme-fast",
                    tag="py3-none-manylinux_2_17_x86_64",
                    files={
                        "acme_fast/__init__.py": "from . import _core\n",
                        "acme_fast/_core.cpython-311-x86_64-linux-gnu.so": native,
                    },
                ),
            ),
        ),
    ),
    _build(
        10,
        "protobuf in place of the worker's own",
        "error worker-shadowed",
        Project(requirements="azure-functions\nprotobuf\n", python="3.12"),
    ),
    _build(
        10,
        "protobuf beside the worker's own",
        "warning worker-shadowed",
        Project(
            files=app("import google.protobuf.message"), requirements="azure-functions\nprotobuf\n"
        ),
    ),
    _build(
        11,
        "PyTorch with everything for GPUs",
        "error too-large",
        Project(requirements="azure-functions\ntorch==2.9.1\n"),
    ),
    _build(
        11,
        "more than the team wants to pay",
        "warning over-budget",
        Project(configuration=_SMALL),
    ),
    _build(
        20,
        "two distributions have one module",
        "error collision",
        Project(
            requirements="azure-functions\nacme-one\nacme-two\n",
            offered=(
                _acme("one", **{"shared/__init__.py": "A = 1\n"}),
                _acme("two", **{"shared/__init__.py": "B = 2\n"}),
            ),
        ),
    ),
    _build(
        None,
        "two distributions have one file of no module",
        "warning collision",
        Project(
            requirements="azure-functions\nacme-one\nacme-two\n",
            offered=(
                _acme("one", **{"acme_one.py": "", "share/words.txt": "one\n"}),
                _acme("two", **{"acme_two.py": "", "share/words.txt": "two\n"}),
            ),
        ),
    ),
    _build(
        52,
        "an app's module is called as a dependency's",
        "error module-hidden",
        Project(
            files=app("import acme_tax", **{"acme_tax.py": "RATE = 7\n"}),
            requirements="azure-functions\nacme-tables\n",
            offered=(_acme("tables", **{"acme_tax.py": "RATE = 19\n"}),),
        ),
    ),
    _build(
        None,
        "a Python past its support",
        "warning end-of-support",
        Project(python="3.10"),
    ),
    _build(
        None,
        "a distribution that starts itself with a .pth file",
        "warning pth-ignored",
        Project(
            requirements="azure-functions\nacme-start\n",
            offered=(
                _acme(
                    "start",
                    **{"acme_start.pth": "import acme_start\n", "acme_start.py": "ON = 1\n"},
                ),
            ),
        ),
    ),
    _build(
        None,
        "two names that are one on Windows",
        "warning alike-names",
        Project(
            requirements="azure-functions\nacme-words\n",
            offered=(_acme("words", **{"acme_words/a.txt": "", "acme_words/A.txt": "x"}),),
        ),
    ),
    _build(
        None,
        "no interpreter for the app's Python: no bytecode",
        "warning no-bytecode",
        Project(python="3.14", variables={"PATH": "/usr/bin:/bin"}),
    ),
    _build(
        None,
        "a version with a known vulnerability",
        "warning vulnerable",
        Project(
            requirements="wares\n",
            public=(Offered(name="wares", files={"wares.py": ""}),),
            advisories={("wares", "1.0"): [_ADVISORY]},
            words=("build", "--audit"),
        ),
    ),
    _build(
        None,
        "an index that knows nothing of vulnerabilities",
        "warning not-audited",
        Project(
            requirements="wares\n",
            public=(Offered(name="wares", files={"wares.py": ""}),),
            words=("build", "--audit"),
        ),
    ),
    _build(
        58,
        "a private key beside the code",
        "error private-key",
        Project(files={**app(), "keys/server.pem": PRIVATE_KEY}),
    ),
    _build(
        58,
        "a distribution that was made with this build's token in it",
        "error credential-of-this-build",
        Project(
            requirements="azure-functions\nacme-leak\n",
            offered=(_acme("leak", **{"acme_leak.py": f"URL = 'https://me:{TOKEN}@feed/'\n"}),),
        ),
    ),
    _build(
        None,
        "somebody put a file into the finished package",
        "error changed-artifact",
        Project(first=("build",), added={"more.py": "X = 1\n"}, words=("verify",)),
    ),
]

REFUSED = [
    _refused(
        4,
        "the private feed does not answer",
        (4, "the source acme"),
        Project(requirements="acme-pricing\n", fault="500"),
    ),
    _refused(
        14,
        "a path requirement that is not there",
        (2, "there is no shared"),
        Project(requirements="azure-functions\n../shared\n", words=("lock",)),
    ),
    _refused(
        25,
        "no wheel for Azure, and no source archive",
        (5, "acme-driver==1.0 (asked for in functionapp/requirements.txt) has neither"),
        Project(
            requirements="azure-functions\nacme-driver\n",
            offered=(Offered(name="acme-driver", tag="cp313-cp313-win_amd64"),),
            words=("lock",),
        ),
    ),
    _refused(
        26,
        "only a wheel for macOS",
        (5, "acme-driver==1.0 (asked for in functionapp/requirements.txt) has neither"),
        Project(
            requirements="azure-functions\nacme-driver\n",
            offered=(Offered(name="acme-driver", tag="cp313-cp313-macosx_11_0_arm64"),),
            words=("lock",),
        ),
    ),
    _refused(
        3,
        "only a wheel for a newer glibc",
        (5, "acme-driver==1.0 (asked for in functionapp/requirements.txt) has neither"),
        Project(
            requirements="azure-functions\nacme-driver\n",
            python="3.11",
            offered=(Offered(name="acme-driver", tag="cp311-abi3-manylinux_2_34_x86_64"),),
            words=("lock",),
        ),
    ),
    _refused(
        30,
        "the public index has a private name, and the feed does not",
        (4, "acme-billing"),
        Project(
            requirements="azure-functions\nacme-billing\n",
            public=(Offered(name="acme-billing", version="99.0"),),
            words=("lock",),
        ),
    ),
    _refused(
        31,
        "the feed refuses the token",
        (4, "acme"),
        Project(requirements="acme-pricing\n", fault="401", words=("lock",)),
    ),
    _refused(
        41,
        "the requirements lie elsewhere",
        (2, "base.txt"),
        Project(requirements="-r ../base.txt\n"),
    ),
    _refused(
        44,
        "every marker is false on Azure",
        (5, "marker"),
        Project(requirements='idna ; sys_platform == "win32"\n'),
    ),
    _refused(
        47,
        "pins that exclude each other",
        (5, "acme-shared"),
        Project(
            requirements="acme-left\nacme-right\n",
            offered=(
                Offered(name="acme-left", requires=("acme-shared<2",)),
                Offered(name="acme-right", requires=("acme-shared>=2",)),
                Offered(name="acme-shared", version="1.0"),
                Offered(name="acme-shared", version="2.0"),
            ),
            words=("lock",),
        ),
    ),
    _refused(
        58,
        "a password in a requirement",
        (2, "a credential is written into"),
        Project(
            requirements="acme-x @ git+https://me:s3cretword@dev.azure.com/acme/p/_git/x\n",
            words=("lock",),
        ),
    ),
    _refused(
        None,
        "the requirements changed after the lock",
        (6, "is stale"),
        Project(
            first=("lock",),
            changed={"functionapp/requirements.txt": "azure-functions\nidna\n"},
            words=("build", "--frozen"),
        ),
    ),
]

PROJECTS = [*BUILT, *REFUSED]
