"""Foreign code runs with the broker closed and finds no credential."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lading.edges.sandbox import Sandbox
from local_sources import GitCommit, LocalSources
from tests.stages.build_wheels.bench import Bench, contents, git_requirement, thing
from tests.support import leave_out, require


def test_no_broker_is_open_while_foreign_code_runs(bench: Bench, sources: LocalSources) -> None:
    workshop = bench.workshop()
    pinned = workshop.pin(git_requirement(sources, GitCommit(files=thing())))
    workshop.ask_build_requires(pinned, ())
    workshop.build(pinned, ())
    assert len(bench.open_while_running) >= 4
    assert set(bench.open_while_running) == {0}


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
