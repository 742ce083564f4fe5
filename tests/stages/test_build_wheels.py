"""Sources become wheels: pinned with access, built without it, and the same every time."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from lading.core.config import DefaultIndex, Project
from lading.core.errors import BuildError, SourceError
from lading.core.lock import LockedFile, LockedSource
from lading.core.requirements import GitRequirement, PathRequirement, UrlRequirement
from lading.core.runtimes import runtime_for
from lading.core.wheel import Wheel
from lading.edges.access import Access
from lading.edges.broker import Broker
from lading.edges.git import Git
from lading.edges.http import Http
from lading.edges.interpreters import Interpreter, find_interpreter
from lading.edges.processes import Completed
from lading.edges.sandbox import Errand, Sandbox
from lading.edges.store import Store
from lading.edges.terminal import Silence
from lading.edges.workspace import read_project
from lading.stages.build_wheels import SourceWorkshop, make_workshop
from local_sources import GitCommit, LocalSources
from tests.support import leave_out, make_project, make_sdist, make_wheel, require

RUNNING = f"{sys.version_info[0]}.{sys.version_info[1]}"

# A back end in the tree itself: it needs nothing, and does what the test says in `extra.py`.
BACKEND = """
import os, zipfile
from extra import *

def _write(folder, name, version, tag, files):
    stem = f"{name}-{version}"
    info = f"{stem}.dist-info"
    path = os.path.join(folder, f"{stem}-{tag}.whl")
    files = dict(files)
    files[f"{info}/METADATA"] = f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n"
    wheel = ("Wheel-Version: 1.0", "Generator: test", "Root-Is-Purelib: true", f"Tag: {tag}", "")
    files[f"{info}/WHEEL"] = "\\n".join(wheel)
    record = "".join(f"{n},,\\n" for n in files) + f"{info}/RECORD,,\\n"
    files[f"{info}/RECORD"] = record
    with zipfile.ZipFile(path, "w") as archive:
        for n, content in sorted(files.items()):
            archive.writestr(n, content)
    return os.path.basename(path)

def build_wheel(folder, settings=None, metadata=None):
    return _write(folder, NAME, VERSION, TAG, contents())

def get_requires_for_build_wheel(settings=None):
    return REQUIRES
"""
EXTRA = """
POINTER = "version https://git-lfs.github.com/spec/v1\\noid sha256:0\\nsize 1\\n"
NAME, VERSION, TAG, REQUIRES = "thing", "1.0", "py3-none-any", ["zeta>=2", "alpha"]
def contents():
    return {"thing.py": "A = 1\\n"}
"""
PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""


def thing(extra: str = "") -> dict[str, str | bytes]:
    return {"pyproject.toml": PYPROJECT, "backend.py": BACKEND, "extra.py": EXTRA + extra}


@dataclass(kw_only=True)
class Bench:
    """A workshop with real edges, and what may be looked at from outside."""

    project: Project
    store: Store
    ambient: dict[str, str]
    sandbox: Sandbox
    brokers: list[Broker] = field(default_factory=list)
    open_while_running: list[int] = field(default_factory=list)

    def workshop(
        self,
        *,
        offline: bool = False,
        python: str = RUNNING,
        interpreter: Interpreter | None = None,
    ) -> SourceWorkshop:
        """Return a workshop as one run of lading has it."""
        access = Access(
            self.project,
            default_index=DefaultIndex(url="https://localhost:1/simple/", origin="the test"),
            http=Http(self.ambient),
            ambient=self.ambient,
            progress=Silence(),
        )

        @contextmanager
        def open_broker() -> Iterator[Broker]:
            with Broker(access) as broker:
                self.brokers.append(broker)
                yield broker
            self.brokers.remove(broker)

        return make_workshop(
            project=self.project,
            runtime=runtime_for(python),
            access=None if offline else access,
            open_broker=None if offline else open_broker,
            sandbox=self,
            git=Git(ambient=self.ambient),
            store=self.store,
            interpreter=interpreter,
            ambient=self.ambient,
            progress=Silence(),
        )

    def run(self, errand: Errand) -> Completed:
        """Run foreign code, and note how many brokers are open meanwhile."""
        self.open_while_running.append(len(self.brokers))
        return self.sandbox.run(errand)


@pytest.fixture
def bench(tmp_path: Path, ambient: dict[str, str], sources: LocalSources) -> Bench:
    root = make_project(tmp_path / "project", sources=sources)
    ambient = sources.environment(ambient) | sources.credentials
    return Bench(
        project=read_project(root),
        store=Store(tmp_path / "store"),
        ambient=ambient,
        sandbox=Sandbox(ambient=ambient, private=[root]),
    )


def git_requirement(
    sources: LocalSources, *commits: GitCommit, name: str = "thing"
) -> GitRequirement:
    sources.add_git_repository(f"/acme/platform/_git/{name}", *commits)
    url = f"{sources.git_url}platform/_git/{name}"
    return GitRequirement(name=None, url=url, origin="requirements.txt:1")


def contents(wheel: Wheel) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel.path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_git_requirement_is_pinned_asked_and_built(bench: Bench, sources: LocalSources) -> None:
    requirement = git_requirement(sources, GitCommit(files=thing(), tags=("v1",)))
    workshop = bench.workshop()
    pinned = workshop.pin(requirement)
    commit = sources.repository("/acme/platform/_git/thing").resolve("main")
    assert pinned == LockedSource(
        kind="git", name="", version="", url=requirement.url, commit=commit
    )
    assert workshop.read_metadata(pinned) is None
    assert workshop.read_build_requires(pinned) == ()
    assert workshop.ask_build_requires(pinned, ()) == ("alpha", "zeta>=2")
    wheel = workshop.build(pinned, ())
    assert (wheel.name, wheel.version, wheel.source) == ("thing", "1.0", "acme-git")
    assert contents(wheel)["thing.py"] == b"A = 1\n"
    assert b"Name: thing" in (workshop.read_metadata(pinned) or b"")


def test_no_broker_is_open_while_foreign_code_runs(bench: Bench, sources: LocalSources) -> None:
    workshop = bench.workshop()
    pinned = workshop.pin(git_requirement(sources, GitCommit(files=thing())))
    workshop.ask_build_requires(pinned, ())
    workshop.build(pinned, ())
    assert len(bench.open_while_running) >= 4
    assert set(bench.open_while_running) == {0}


def test_everything_is_there_again_without_network(bench: Bench, sources: LocalSources) -> None:
    requirement = git_requirement(sources, GitCommit(files=thing()))
    pinned = bench.workshop().pin(requirement)
    built = bench.workshop().build(pinned, ())
    offline = bench.workshop(offline=True)
    ran = len(bench.open_while_running)
    sources.git.stop()
    assert offline.build(pinned, ()) == built
    assert offline.read_build_requires(pinned) == ()
    assert len(bench.open_while_running) == ran, "what was built before was built again"


def test_offline_says_what_is_missing(bench: Bench, sources: LocalSources) -> None:
    pinned = LockedSource(
        kind="git", name="thing", version="", url=sources.tax_url, commit="1" * 40
    )
    with pytest.raises(SourceError, match=r"at 111111111111 is not in the store") as caught:
        bench.workshop(offline=True).build(pinned, ())
    assert caught.value.remedy == "Run once without --offline."


def test_static_metadata_is_read_without_running_anything(
    bench: Bench, sources: LocalSources
) -> None:
    workshop = bench.workshop()
    pinned = workshop.pin(GitRequirement(name="acme-tax", url=sources.tax_url, origin="r.txt:1"))
    assert (pinned.name, bench.open_while_running) == ("acme-tax", [])


def test_a_requirement_of_another_name_is_refused(bench: Bench, sources: LocalSources) -> None:
    project = '[project]\nname = "other"\nversion = "1"\n'
    requirement = git_requirement(sources, GitCommit(files={"pyproject.toml": project}))
    wanted = GitRequirement(name="thing", url=requirement.url, origin="r.txt:7")
    with pytest.raises(BuildError, match=r"r.txt:7: thing is asked for.*calls itself other"):
        bench.workshop().pin(wanted)


SPY = r"""
import json, os, socket
TOKEN = "%s"
def contents():
    seen = {}
    def look(what, text):
        if isinstance(text, str):
            text = text.encode()
        if TOKEN.encode() in text:
            seen[what] = "token"
    look("own environment", json.dumps(dict(os.environ)))
    for pid in os.listdir("/proc"):
        for name in ("environ", "cmdline"):
            try:
                with open(f"/proc/{pid}/{name}", "rb") as file:
                    look(f"{pid}/{name}", file.read())
            except OSError:
                pass
    homes = (os.path.expanduser("~"), REAL_HOME, PROJECT)
    # Unconfined they are this machine's own, of any size.
    homes += ("/root", "/tmp", "/var/tmp", "/dev/shm", "/run") if CONFINED else ()
    for home in homes:
        for folder, _, files in os.walk(home):
            if "lib/python" in folder or "/.pyenv" in folder or "/.rustup" in folder:
                continue
            for name in files:
                # A pipe would keep its reader waiting.
                if not os.path.isfile(os.path.join(folder, name)):
                    continue
                try:
                    with open(os.path.join(folder, name), "rb") as file:
                        data = file.read(1 << 20)
                        # This file, and what was compiled from it, know what they look for.
                        if "extra" not in name:
                            look(os.path.join(folder, name), data)
                except OSError:
                    pass
    for name in (".netrc", ".azure/x", ".aws/x", ".ssh/x"):
        if os.path.exists(os.path.join(REAL_HOME, name)):
            seen[name] = "there"
    for address in (("127.0.0.1", PORT), ("169.254.169.254", 80)):
        try:
            socket.create_connection(address, 2).close()
            seen[str(address)] = "reached"
        except OSError:
            pass
    own = (os.path.join(REAL_HOME, "x"), os.path.join(PREFIX, "x.pth"))
    for path in ("/etc/lading-was-here", *own) if CONFINED else ():
        try:
            open(path, "w").close()
            seen[path] = "written"
            if path.startswith("/etc") or path.endswith(".pth"):
                os.unlink(path)
        except OSError:
            pass
    return {"seen.json": json.dumps(seen), "pids.json": json.dumps(
        [p for p in os.listdir("/proc") if p.isdigit()])}
"""


def spy_with(bench: Bench, sources: LocalSources, sandbox: Sandbox) -> dict[str, bytes]:
    """Return what a build finds that looks for the token, which this puts everywhere."""
    bench.sandbox = sandbox
    home = Path(bench.ambient["HOME"])
    for name in (".netrc", ".azure/x", ".aws/x", ".ssh/x", "tmp/left"):
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_text(sources.git_token)
    (bench.project.root / ".env").write_text(f"TOKEN={sources.git_token}\n")
    values = {
        "REAL_HOME": str(home),
        "PROJECT": str(bench.project.root),
        "PREFIX": sys.prefix,
        "PORT": sources.git.port,
        "CONFINED": not sandbox.description.startswith("none"),
    }
    lines = [f"{name} = {value!r}" for name, value in values.items()]
    spy = "\n".join([SPY % sources.git_token, *lines])
    requirement = git_requirement(sources, GitCommit(files=thing(spy)))
    # A process whose environment and arguments hold the token, as an agent's do.
    with subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(600)", sources.git_token],
        env={"SYSTEM_ACCESSTOKEN": sources.git_token},
    ) as agent:
        try:
            workshop = bench.workshop()
            return contents(workshop.build(workshop.pin(requirement), ()))
        finally:
            agent.kill()


def test_a_build_that_looks_for_credentials_finds_none(bench: Bench, sources: LocalSources) -> None:
    require("unshare")
    sandbox = Sandbox(ambient=bench.ambient, private=[bench.project.root])
    if sandbox.description.startswith("none"):
        leave_out(sandbox.description)
    found = spy_with(bench, sources, sandbox)
    assert json.loads(found["seen.json"]) == {}
    assert str(os.getpid()) not in json.loads(found["pids.json"])


@pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc")
def test_the_same_build_without_a_sandbox_does_find_them(
    bench: Bench, sources: LocalSources
) -> None:
    found = spy_with(bench, sources, Sandbox(ambient=bench.ambient, platform="other"))
    seen = json.loads(found["seen.json"])
    assert {".netrc", ".azure/x", ".ssh/x", ".aws/x"} <= seen.keys()
    assert any(name.endswith("/environ") for name in seen)
    assert any(name.endswith("/cmdline") for name in seen)
    assert any(name.endswith("/.env") for name in seen)
    assert "reached" in seen.values()
    # What the built-up environment keeps away even so.
    assert "own environment" not in seen


def test_building_twice_gives_the_same_bytes(
    bench: Bench, sources: LocalSources, tmp_path: Path
) -> None:
    extra = """
import os
def contents():
    facts = [os.environ["SOURCE_DATE_EPOCH"], os.getcwd(), str(list({"a", "b", "c", "d"}))]
    return {"facts.py": "\\n".join(facts)}
"""
    requirement = git_requirement(sources, GitCommit(files=thing(extra)))
    first = bench.workshop().build(bench.workshop().pin(requirement), ())
    bench.store = Store(tmp_path / "another" / "store")
    bench.ambient |= {"TZ": "Pacific/Auckland", "PYTHONHASHSEED": "7", "SOURCE_DATE_EPOCH": "1"}
    second = bench.workshop().build(bench.workshop().pin(requirement), ())
    assert first.path != second.path
    assert contents(first) == contents(second)
    assert contents(first)["facts.py"].startswith(b"1767225600\n")


def test_a_failed_build_shows_the_end_of_its_output_without_secrets(
    bench: Bench, sources: LocalSources
) -> None:
    extra = """
def contents():
    print("https://user:hunter22@example.test/x")
    raise RuntimeError("the compiler is on strike")
"""
    workshop = bench.workshop()
    pinned = workshop.pin(git_requirement(sources, GitCommit(files=thing(extra))))
    with pytest.raises(BuildError, match=r"_git/thing: it cannot be built") as caught:
        workshop.build(pinned, ())
    assert "the compiler is on strike" in str(caught.value)
    assert "hunter22" not in str(caught.value)


@pytest.mark.parametrize(
    ("extra", "match"),
    [
        ('VERSION = "1.1"', "the lock says version 1.0, but the build made 1.1"),
        ('NAME = "thong"', "the lock says thing, but the source calls itself thong"),
        ('TAG = "cp39-cp39-linux_x86_64"', "was built by Python .* and cannot be loaded"),
        (
            "def contents(): return {'data/x.bin': POINTER}",
            r"Git LFS pointers .* data/x\.bin",
        ),
    ],
)
def test_a_wheel_that_is_not_what_the_lock_says_is_refused(
    bench: Bench, sources: LocalSources, extra: str, match: str
) -> None:
    workshop = bench.workshop()
    pinned = workshop.pin(git_requirement(sources, GitCommit(files=thing(f"\n{extra}\n"))))
    locked = LockedSource(
        kind="git", name="thing", version="1.0", url=pinned.url, commit=pinned.commit
    )
    with pytest.raises(BuildError, match=match):
        workshop.build(locked, ())


def test_a_subdirectory_is_built_and_one_that_is_not_there_is_told(
    bench: Bench, sources: LocalSources
) -> None:
    files = {f"libs/thing/{name}": content for name, content in thing().items()}
    url = git_requirement(sources, GitCommit(files=files)).url
    workshop = bench.workshop()
    wanted = GitRequirement(name="thing", url=url, origin="r:1", subdirectory="libs/thing")
    assert workshop.build(workshop.pin(wanted), ()).version == "1.0"
    for name in ("libs/thong", "../../.."):
        absent = GitRequirement(name="thing", url=url, origin="r:1", subdirectory=name)
        with pytest.raises(BuildError, match=rf"{url} has no folder"):
            workshop.pin(absent)


def test_a_folder_is_built_elsewhere_and_rebuilt_when_it_changes(bench: Bench) -> None:
    folder = bench.project.root / "libs" / "thing"
    for name, content in thing().items():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(str(content))
    before = sorted(path.name for path in folder.rglob("*"))
    workshop = bench.workshop()
    pinned = workshop.pin(PathRequirement(name="thing", path="libs/thing", origin="r:1"))
    assert pinned == LockedSource(kind="path", name="thing", version="", path="libs/thing")
    first = workshop.build(pinned, ())
    assert workshop.build(pinned, ()) == first
    ran = len(bench.open_while_running)
    (folder / "extra.py").write_text(EXTRA.replace("A = 1", "A = 2"))
    assert contents(workshop.build(pinned, ()))["thing.py"] == b"A = 2\n"
    assert len(bench.open_while_running) > ran
    assert sorted(path.name for path in folder.rglob("*")) == before


def test_a_wheel_at_a_path_or_url_is_used_as_it_is(bench: Bench, sources: LocalSources) -> None:
    wheel = make_wheel(bench.project.root / "wheels", "thing", "3.1")
    workshop = bench.workshop()
    requirement = PathRequirement(name=None, path=f"wheels/{wheel.name}", origin="r:1")
    pinned = workshop.pin(requirement)
    assert (pinned.name, pinned.version) == ("thing", "3.1")
    assert workshop.build(pinned, ()).path == wheel

    served = sources.add_wheel("acme-direct", "2.0")
    url = f"{sources.index.origin}/packages/{served.name}"
    fetched = workshop.pin(UrlRequirement(name="acme-direct", url=url, origin="r:2"))
    assert (fetched.name, fetched.version, len(fetched.sha256)) == ("acme-direct", "2.0", 64)
    assert workshop.build(fetched, ()).path.read_bytes() == served.read_bytes()
    wrong = UrlRequirement(name="a", url=url, origin="r:2", hashes=(f"sha256:{'0' * 64}",))
    with pytest.raises(SourceError, match=r"is not the one that was asked for"):
        workshop.pin(wrong)
    assert bench.open_while_running == []


@pytest.fixture(scope="session")
def build_tools(
    tmp_path_factory: pytest.TempPathFactory, machine: dict[str, str]
) -> tuple[Wheel, ...]:
    """Return setuptools and setuptools-scm with what they need, from the real index."""
    folder = tmp_path_factory.mktemp("build-tools")
    command = [sys.executable, "-m", "pip", "download", "-q", "--only-binary", ":all:", "-d"]
    home = {"HOME": str(folder)}
    subprocess.run([*command, str(folder), "setuptools-scm"], env=machine | home, check=True)
    return tuple(_as_wheel(path) for path in sorted(folder.glob("*.whl")))


def _as_wheel(path: Path) -> Wheel:
    name, version = path.name.split("-")[:2]
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return Wheel(
        name=name, version=version, filename=path.name, sha256=sha256, source="default", path=path
    )


def test_setuptools_scm_finds_the_version_in_the_fetched_history(
    bench: Bench, sources: LocalSources, build_tools: tuple[Wheel, ...]
) -> None:
    pyproject = """
[build-system]
requires = ["setuptools>=64", "setuptools-scm>=8"]
[project]
name = "acme-scm"
dynamic = ["version"]
[tool.setuptools]
py-modules = ["acme_scm"]
[tool.setuptools_scm]
"""
    files = {"pyproject.toml": pyproject, "acme_scm.py": "A = 1\n"}
    later = {**files, "acme_scm.py": "A = 2\n"}
    requirement = git_requirement(
        sources, GitCommit(files=files, tags=("v2.3.0",)), GitCommit(files=later)
    )
    workshop = bench.workshop()
    pinned = workshop.pin(requirement)
    assert workshop.read_build_requires(pinned) == ("setuptools>=64", "setuptools-scm>=8")
    assert workshop.ask_build_requires(pinned, build_tools) == ()
    wheel = workshop.build(pinned, build_tools)
    assert (wheel.name, wheel.version) == ("acme-scm", f"2.3.1.dev1+g{pinned.commit[:9]}")


def test_a_source_archive_without_build_requirements_says_what_is_missing(bench: Bench) -> None:
    archive = make_sdist(bench.project.root / "sdists", "thing", "1.5")
    pinned = LockedSource(kind="path", name="thing", version="1.5", path=f"sdists/{archive.name}")
    with pytest.raises(BuildError, match=r"setuptools"):
        bench.workshop().build(pinned, ())


def test_a_source_archive_of_the_index_is_fetched_and_built(
    bench: Bench, sources: LocalSources, build_tools: tuple[Wheel, ...]
) -> None:
    archive = sources.add_sdist("acme-old", "1.2", setup_py=None)
    file = LockedFile(
        name="acme-old",
        version="1.2",
        filename=archive.name,
        sha256=hashlib.sha256(archive.read_bytes()).hexdigest(),
        source="acme",
    )
    source = LockedSource(kind="archive", name="acme-old", version="1.2", file=file)
    wheel = bench.workshop().build(source, build_tools)
    assert (wheel.name, wheel.version, wheel.source) == ("acme-old", "1.2", "acme")


NATIVE = {
    "pyproject.toml": '[build-system]\nrequires = ["setuptools"]\n',
    "setup.py": "from setuptools import setup, Extension\n"
    "setup(name='acme-native', version='1.0', ext_modules=[Extension('native', ['native.c'])])\n",
    "native.c": "#include <Python.h>\n"
    'static struct PyModuleDef d = {PyModuleDef_HEAD_INIT, "native", 0, -1, 0};\n'
    "PyMODINIT_FUNC PyInit_native(void) { return PyModule_Create(&d); }\n",
}


@pytest.mark.skipif(sys.platform != "linux", reason="compiled code is for Linux")
def test_compiled_code_is_built_by_the_targets_python_alone(
    bench: Bench, sources: LocalSources, build_tools: tuple[Wheel, ...]
) -> None:
    require("gcc")
    other = "3.13" if RUNNING != "3.13" else "3.12"
    requirement = git_requirement(sources, GitCommit(files=NATIVE))
    workshop = bench.workshop(python=other)
    pinned = workshop.pin(requirement)
    with pytest.raises(BuildError, match=rf"cannot be loaded by Python {other}") as caught:
        workshop.build(pinned, build_tools)
    assert f"Build where Python {other} is installed" in caught.value.remedy
    interpreter = find_interpreter(other, ambient={**os.environ})
    if interpreter is None:
        leave_out(f"Python {other} is not installed")
    wheel = bench.workshop(python=other, interpreter=interpreter).build(pinned, build_tools)
    assert f"cp{other.replace('.', '')}" in wheel.filename
