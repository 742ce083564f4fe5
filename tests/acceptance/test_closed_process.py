"""The process that holds a token is closed to its user's other programs, on Linux."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from local_sources import LocalSources, write_sample_project
from tests.support import require
from tests.user import User

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")

# Tells which ways into its parent are open. Attaching comes last: it stops nobody (SEIZE).
SPY = """
import ctypes, json, os
parent, ways = os.getppid(), []
for name in ("environ", "mem"):
    try:
        with open(f"/proc/{parent}/{name}", "rb") as file:
            ways.append(name)
            if name == "environ" and b"spied-on=yes" in file.read():
                ways.append("variables")
    except OSError:
        pass
if ctypes.CDLL(None, use_errno=True).ptrace(0x4206, parent, 0, 0) == 0:
    ways.append("ptrace")
print(json.dumps(ways))
"""
# Any program that holds a token and does nothing about it.
OPEN = "import subprocess, sys; sys.exit(subprocess.run(sys.argv[1:]).returncode)"
FETCH_FIRST = """
import subprocess, sys
subprocess.run([sys.executable, "-m", "pip", "download", "-q", "-d", sys.argv[1], "acme-core"],
    check=True, stdout=subprocess.DEVNULL)
exec(sys.argv[2])
"""


def as_nobody(*words: str) -> list[str]:
    """Return a command as a user that is not root runs it, who may read what root may.

    Root reads every process. The interpreter may lie in root's home.
    """
    if os.geteuid() != 0:
        return list(words)
    require("setpriv")
    rights = ("--inh-caps=-all,+dac_override", "--ambient-caps=-all,+dac_override")
    user = ("--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all,+dac_override")
    return ["setpriv", *user, *rights, *words]


def expected_of_an_open_process() -> set[str]:
    scope = Path("/proc/sys/kernel/yama/ptrace_scope")
    is_free = not scope.exists() or scope.read_text().strip() == "0"
    return {"environ", "variables", *(("mem", "ptrace") if is_free else ())}


def ways_in(command: list[str], *, environment: dict[str, str], folder: Path) -> set[str]:
    finished = subprocess.run(
        command,
        env=environment | {"spied-on": "yes"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    ways: list[str] = json.loads(finished.stdout.splitlines()[-1])
    return set(ways)


def test_a_program_of_the_same_user_finds_no_way_in_while_a_token_is_held(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    project = write_sample_project(sources, tmp_path / "project")
    tool = (sys.executable, "-c", FETCH_FIRST, str(tmp_path / "d"), SPY)
    command = as_nobody(*user.program, "with-access", "--", *tool)
    assert ways_in(command, environment=user.environment, folder=project) == set()
    assert any(request.credential == "acme" for request in sources.log(host="index"))


def test_it_would_find_every_way_into_a_process_that_is_open(user: User, tmp_path: Path) -> None:
    command = as_nobody(sys.executable, "-c", OPEN, sys.executable, "-c", SPY)
    found = ways_in(command, environment=user.environment, folder=tmp_path)
    assert found == expected_of_an_open_process()


def test_it_leaves_no_core_and_its_programs_may(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    project = write_sample_project(sources, tmp_path / "project")
    script = """
import os, pathlib, resource
print(pathlib.Path(f"/proc/{os.getppid()}/limits").read_text())
most = resource.getrlimit(resource.RLIMIT_CORE)[1]
resource.setrlimit(resource.RLIMIT_CORE, (most, most))
"""
    said = user.types(project, "with-access", "--", sys.executable, "-c", script)
    assert said.code == 0, said.text
    limit = next(line for line in said.stdout.splitlines() if line.startswith("Max core file size"))
    assert limit.split()[4] == "0"


def test_foreign_code_is_confined_as_it_is_without(user: User) -> None:
    said = []
    # pytest's own folders are root's: nobody else may go through them to a stage below.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        for call in ("pass", "protect_own_process()"):
            script = (
                "import os; from lading.edges.own_process import protect_own_process; "
                f"from lading.edges.sandbox import Sandbox; {call}; "
                "print(Sandbox(ambient=os.environ).description)"
            )
            finished = subprocess.run(
                as_nobody(sys.executable, "-c", script),
                env=user.environment | {"TMPDIR": folder},
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=60,
                check=True,
            )
            said.append(re.sub(r"/\S*", "", finished.stdout))
    assert said[0] == said[1]
