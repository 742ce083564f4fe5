"""The table of faults: each is met by some test, and switched on by its name."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from lading.core.config.pyproject import parse_project
from local_azure.cloud import Cloud
from local_azure.faults import FAULTS, Faults, read_fault
from local_azure.sites.site import Site
from tests.local_azure.cloud.conftest import Sender, make_package

ROOT = Path(__file__).parents[3]


def test_every_fault_is_in_a_test() -> None:
    others = [path for path in Path(__file__).parent.glob("test_*.py") if path != Path(__file__)]
    said = "".join(path.read_text("utf-8") for path in others)
    assert [name for name in FAULTS if f'"{name}"' not in said] == []


def test_every_fault_is_told_with_the_place_that_tests_it() -> None:
    table = (ROOT / "tools/local_azure/README.md").read_text("utf-8")
    told = {}
    for _, *_, faults, places, _ in (
        row.split("|") for row in table.splitlines() if row.startswith("|")
    ):
        files = [Path(__file__).with_name(f"{name.strip()}.py") for name in places.split(",")]
        for name in re.findall("`([^`]+)`", faults):
            told[name] = any(f'"{name}"' in file.read_text("utf-8") for file in files)
    assert {name: told.get(name) for name in FAULTS if not told.get(name)} == {}


def test_a_whole_deployment_meets_both_readings_of_what_is_inferred() -> None:
    table = (ROOT / "tools/local_azure/README.md").read_text("utf-8")
    rows = [row for row in table.splitlines() if row.startswith("|") and "(inferred" in row]
    inferred = {name for row in rows for name in re.findall("`([^`]+)`", row.split("|")[2])}
    tests = (ROOT / "tests/deployment").glob("test_*.py")
    said = "".join(path.read_text("utf-8") for path in tests)
    assert len(inferred) >= 12
    assert [name for name in sorted(inferred) if f'"{name}"' not in said] == []


def test_a_fault_is_over_after_so_many_occasions() -> None:
    faults = Faults()
    faults.switch_on("arm-busy", 2)
    assert [faults.meets("arm-busy") for _ in range(3)] == [True, True, False]
    faults.switch_on("arm-busy")
    assert all(faults.meets("arm-busy") for _ in range(5))
    faults.switch_off("arm-busy")
    assert not faults.meets("arm-busy")
    assert len(faults.met) == 7
    faults.clear()
    assert not faults.met


def test_an_amount_has_a_usual_one() -> None:
    faults = Faults()
    assert faults.amount("settings-lag") is None
    faults.switch_on("settings-lag")
    assert faults.amount("settings-lag") == 10
    faults.switch_on("settings-lag", 3)
    assert faults.amount("settings-lag") == 3


@pytest.mark.parametrize(
    ("text", "read"),
    [("ends-failed", ("ends-failed", None)), ("ends-failed:2", ("ends-failed", 2))],
)
def test_a_fault_is_read_from_a_flag(text: str, read: tuple[str, int | None]) -> None:
    assert read_fault(text) == read


@pytest.mark.parametrize("text", ["nothing", "ends-failed:", "ends-failed:often", ""])
def test_what_is_no_fault_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no fault|no number"):
        read_fault(text)
    with pytest.raises(ValueError, match="no fault is called"):
        Faults().switch_on(text)


def test_there_is_a_window_on_what_is_inside(flex: Site, cloud: Cloud, send: Sender) -> None:
    window = cloud.window.origin
    assert "ends-failed" in send("GET", f"{window}/faults", audience="").json()
    url = f"{window}/faults/ends-failed"
    assert send("PUT", f"{url}?number=1&site={flex.name}", audience="").status == 204
    send.publish(flex, make_package())
    assert send("POST", f"{window}/clock?seconds=20", audience="").status == 204
    (state,) = send("GET", window, audience="").json()["sites"]
    assert [record["status"] for record in state["deployments"]] == ["FAILED"]
    assert state["settings"] == ["AzureWebJobsStorage"]
    assert send("DELETE", url, audience="").status == 204
    for wrong in (f"{window}/faults/nothing", f"{url}?number=often"):
        assert send("PUT", wrong, audience="").status == 400
    assert send("GET", f"{window}/nowhere", audience="").status == 404


def test_it_is_run_by_hand_and_ended_by_ctrl_c(ambient: dict[str, str]) -> None:
    command = [sys.executable, "-m", "local_azure", "--fault", "ends-failed:1"]
    tools = ROOT / "tools"
    child = subprocess.Popen(
        command, cwd=tools, env=ambient, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout is not None
        told = []
        for line in child.stdout:
            told.append(line)
            if "credential_scopes" in line:
                break
        child.send_signal(signal.SIGINT)
        _, error = child.communicate(timeout=60)
    finally:
        child.kill()
        child.wait()
    assert (child.returncode, error) == (0, "")
    lines = "".join(line.removeprefix("#   ") for line in told if line.startswith("#   "))
    begins, ends = lines.index("[tool.lading]"), lines.index("export AZURE_CONFIG_DIR")
    app = '[apps.orders]\nfolder = "."\npython = "3.13"\n'
    text = lines[begins:ends].replace("[tool.lading]\n", "").replace("[tool.lading.", "[")
    project = parse_project(tomllib.loads(text + app), root=ROOT)
    assert {target.function_app for target in project.targets} >= {"orders-flex", "orders-premium"}


@pytest.mark.parametrize(
    ("flag", "code", "says"),
    [
        ("--faults", 0, "ends-failed[:TIMES]"),
        ("--fault=nothing", 2, "no fault is called nothing; --faults lists them"),
    ],
)
def test_the_flags_are_told(flag: str, code: int, says: str, ambient: dict[str, str]) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "local_azure", flag],
        cwd=ROOT / "tools",
        env=ambient,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, says in ran.stdout + ran.stderr) == (code, True)
