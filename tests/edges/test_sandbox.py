"""Foreign code sees its build folder and what it needs, and nothing of it outlives its run."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lading.edges.processes import Completed, ProcessError, base_environment
from lading.edges.sandbox import Errand, Sandbox, prepare_text
from tests.support import leave_out, require

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")


@pytest.fixture
def sandbox(ambient: dict[str, str]) -> Sandbox:
    require("unshare")
    confined = Sandbox(ambient=ambient)
    if confined.description.startswith("none"):
        leave_out(confined.description)
    return confined


class Naps:
    """Two programs that sleep for a time that no other test's do, by which they are found."""

    def __init__(self) -> None:
        number = secrets.randbelow(10**8)
        self.first, self.second = f"sleep 4{number:08}1", f"sleep 4{number:08}2"

    def await_start(self) -> None:
        """Wait until both run."""
        self._await(lambda running: {self.first, self.second} <= running)

    def await_end(self) -> None:
        """Wait until neither runs: what is killed from afar takes a moment to be gone."""
        self._await(lambda running: not {self.first, self.second} & running)

    def _await(self, is_so: Callable[[set[str]], bool]) -> None:
        deadline = time.monotonic() + 60
        while not is_so(self._running()):
            assert time.monotonic() < deadline, self._running()
            threading.Event().wait(0.05)

    def _running(self) -> set[str]:
        done = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
        return {line.strip() for line in done.stdout.splitlines()}


@pytest.fixture
def naps() -> Naps:
    return Naps()


def shell(sandbox: Sandbox, folder: Path, script: str, *needs: Path) -> Completed:
    folder.mkdir(exist_ok=True)
    environment = base_environment(os.environ, home=folder / "home")
    command = ("sh", "-c", script)
    return sandbox.run(Errand(command=command, environment=environment, folder=folder, needs=needs))


def test_it_says_how_it_confines(sandbox: Sandbox) -> None:
    assert sandbox.description.endswith("ipc and network namespaces")
    assert sandbox.exposed[0] == "files outside home, temporary folders and project, to read"


def test_what_has_the_network_is_kept_from_the_rest(
    ambient: dict[str, str], tmp_path: Path, sandbox: Sandbox
) -> None:
    assert "the network" not in sandbox.exposed
    (Path(ambient["HOME"]) / "token").write_text("secret")
    open_to_all = Sandbox(ambient=ambient, network=True)
    assert open_to_all.description.endswith("and ipc namespaces")
    assert open_to_all.exposed[-1] == "the network"
    names = f"ls {ambient['HOME']}; cat /proc/net/route; cat /etc/resolv.conf"
    done = shell(open_to_all, tmp_path / "build", names)
    assert "token" not in done.stdout
    assert done.stdout.endswith(Path("/proc/net/route").read_text() + resolver())
    assert not shell(sandbox, tmp_path / "other", "cat /proc/net/route").stdout.count("\n") > 1


def resolver() -> str:
    path = Path("/etc/resolv.conf")
    return path.read_text() if path.is_file() else ""


def test_names_can_be_looked_up_where_the_resolvers_file_is_hidden(
    ambient: dict[str, str], tmp_path: Path, sandbox: Sandbox
) -> None:
    assert sandbox.description
    place = Path("/etc/resolv.conf").resolve()
    if not place.is_file():
        leave_out("there is no /etc/resolv.conf")
    hidden = Sandbox(ambient=ambient, private=(place.parent,), network=True)
    done = shell(hidden, tmp_path / "build", f"cat {place}; ls {place.parent}")
    assert done.stdout == f"{resolver()}{place.name}\n"


def test_elsewhere_it_says_that_nothing_is_confined(
    ambient: dict[str, str], tmp_path: Path
) -> None:
    loose = Sandbox(ambient=ambient, platform="darwin")
    assert loose.description == "none: darwin has no namespaces"
    assert "the network" in loose.exposed
    assert shell(loose, tmp_path / "build", "pwd").stdout.strip() == str(tmp_path / "build")


def test_without_the_program_it_says_why(ambient: dict[str, str], tmp_path: Path) -> None:
    without = Sandbox(ambient=ambient | {"PATH": str(tmp_path)})
    assert without.description == "none: unshare cannot be started: No such file or directory"


def test_the_build_folder_has_one_name_and_is_written_through(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    done = shell(sandbox, tmp_path / "build", 'pwd; echo "$HOME"; echo made > result')
    assert done.stdout.split() == ["/tmp/lading-build", "/tmp/lading-build/home"]  # noqa: S108
    assert (tmp_path / "build/result").read_text() == "made\n"


def test_nothing_else_can_be_written(sandbox: Sandbox, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "there").write_text("x")
    targets = ["/etc/lading-test", f"{kept}/new", f"{kept}/there", "/proc/sys/vm/swappiness"]
    script = "; ".join(f"(: > {target}) 2>/dev/null && echo {target}" for target in targets)
    done = shell(sandbox, tmp_path / "build", f"{script}; cat {kept}/there", kept)
    assert done.stdout == "x"


def test_homes_temporary_folders_and_private_ones_are_empty(
    ambient: dict[str, str], tmp_path: Path
) -> None:
    project = Path(os.environ.get("HOME", "/root"), "project")
    private = tmp_path / "project"
    for folder in (Path(ambient["HOME"], ".azure"), private / ".venv", private / "src"):
        folder.mkdir(parents=True)
        (folder / "file").write_text("x")
    # A build sees what is on PATH: the tests' own interpreter may lie in a temporary folder.
    ambient = ambient | {"PATH": os.defpath}
    sandbox = Sandbox(ambient=ambient, private=[private, project])
    script = f"find {ambient['HOME']} {private} /tmp /var/tmp /run -type f -not -path '*/proc/*'"
    done = shell(sandbox, tmp_path / "build", script, private / ".venv")
    assert done.stdout.split() == [f"{private}/.venv/file"] * 2


def test_what_variables_name_for_credentials_is_empty_even_beside_what_is_needed(
    ambient: dict[str, str], tmp_path: Path
) -> None:
    """They stand for folders outside home: there, too, everything else is seen."""
    seen = tmp_path / "seen"
    private = {
        "AZURE_CONFIG_DIR": "azure/msal_token_cache.json",
        "XDG_DATA_HOME": "data/credentials",
        "DOCKER_CONFIG": "data/docker/config.json",
    }
    needed = seen / "data/python"
    for name in ("tool", "data/python/bin", *private.values(), "netrc", "key.pem", "target.pem"):
        (seen / name).parent.mkdir(parents=True, exist_ok=True)
        (seen / name).write_text(f"{name}\n")
    (seen / "certificate.pem").symlink_to("target.pem")
    named = {name: str(seen / file) for name, file in private.items()}
    named = {name: str(Path(path).parent) for name, path in named.items()}
    named |= {"NETRC": str(seen / "netrc"), "github_app_private_key_file": str(seen / "key.pem")}
    named |= {"AZURE_CLIENT_CERTIFICATE_PATH": str(seen / "certificate.pem")}
    named |= {"GH_CONFIG_DIR": str(tmp_path / "nowhere"), "PIP_CONFIG_FILE": os.devnull}
    named["KUBECONFIG"] = f"{seen}/cluster{os.pathsep}{seen}/second"
    for name in ("cluster", "second"):
        (seen / name).write_text(name)
    sandbox = Sandbox(ambient=ambient | named)
    script = f"cat $(find {seen} -type f) {seen}/*.pem {seen}/netrc"
    done = shell(sandbox, tmp_path / "build", script, seen, needed)
    assert done.stdout.split() == ["data/python/bin", "tool"], done.stderr


def test_what_was_mounted_cannot_be_lifted(sandbox: Sandbox, tmp_path: Path) -> None:
    script = """
umount -l /tmp; unshare -rm umount -l /tmp; unshare -rm mount -o remount,bind,rw /
: > /etc/lading-test; ls /tmp
"""
    done = shell(sandbox, tmp_path / "build", script)
    assert tmp_path.name not in done.stdout
    assert not Path("/etc/lading-test").exists()


def test_a_program_in_the_build_folder_does_not_prepare_the_sandbox(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    build = tmp_path / "build"
    (build / "bin").mkdir(parents=True)
    for name in ("sh", "mount", "unshare", "sed", "mkdir", "env"):
        (build / "bin" / name).write_text(f"#!/bin/dash\necho {name} >> {build}/ran\n")
        (build / "bin" / name).chmod(0o755)
    environment = base_environment(os.environ, home=build / "home")
    environment["PATH"] = f"{build}/bin:{environment['PATH']}"
    errand = Errand(command=("/bin/true",), environment=environment, folder=build)
    assert sandbox.run(errand).code == 0
    assert not (build / "ran").exists()


def test_other_processes_are_not_seen(sandbox: Sandbox, tmp_path: Path) -> None:
    if "pid" not in sandbox.description:
        leave_out(sandbox.description)
    done = shell(sandbox, tmp_path / "build", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
    assert "pytest" not in done.stdout


def test_the_time_limit_reaches_what_was_started_in_the_background(
    ambient: dict[str, str], sandbox: Sandbox, naps: Naps, tmp_path: Path
) -> None:
    short = Sandbox(ambient=ambient, time_limit=1.5)
    assert short.description == sandbox.description
    with pytest.raises(ProcessError, match=r"did not end within 2 s"):
        shell(short, tmp_path / "build", f"setsid {naps.first} & {naps.second}")
    naps.await_end()


def test_an_interrupt_reaches_everything(sandbox: Sandbox, naps: Naps, tmp_path: Path) -> None:
    script = f"""
import os, sys
from pathlib import Path
from lading.edges.sandbox import Errand, Sandbox
words = ("sh", "-c", "setsid {naps.first} & {naps.second}")
folder = Path({str(tmp_path)!r})
Sandbox(ambient=os.environ).run(Errand(command=words, environment=dict(os.environ), folder=folder))
"""
    assert sandbox.description
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "tools")}
    with subprocess.Popen(
        [sys.executable, "-c", script], env=environment, stderr=subprocess.DEVNULL
    ) as process:
        naps.await_start()
        process.send_signal(2)
        process.wait(60)
    naps.await_end()


def test_a_python_that_cannot_call_the_system_mounts_by_a_program(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    assert sandbox.description
    shown, stage = tmp_path / "shown", tmp_path / "stage"
    for folder in (shown, stage):
        folder.mkdir()
    room = str(stage / "0")
    steps: list[tuple[str, ...]] = [("read_only",), ("stage", str(stage)), ("room", room)]
    steps += [("file", f"{room}/made"), ("tree", room, str(shown)), ("writable", str(shown))]
    words = [word for step in steps for word in (*step, "")]
    without = "import sys; sys.modules['ctypes'] = None; exec(sys.argv.pop(1))"
    mount = shutil.which("mount") or "mount"
    python = (sys.executable, "-I", "-S", "-c", without, prepare_text(), str(shown), mount)
    apart = ("unshare", "--user", "--map-root-user", "--mount")
    script = ("/bin/sh", "-c", "ls; : > new && ls; : > /etc/lading-test")
    done = subprocess.run(
        (*apart, *python, str(len(words)), *words, *script),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["made", "made", "new"], done.stderr
    assert "ead-only" in done.stderr
    assert list(shown.iterdir()) == []
