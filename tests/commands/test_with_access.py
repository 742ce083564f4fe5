"""Any other tool gets access to the sources, and none of their credentials."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import pytest

from lading.commands import Edges
from lading.commands.with_access import with_access
from lading.core.secret import Secret, encodings
from lading.edges.store import Store
from local_sources import LocalSources
from tests.acme import Notebook, acme_project
from tests.support import make_project

UV = str(Path(sys.executable).with_name("uv"))


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


@pytest.fixture
def environment(sources: LocalSources, ambient: dict[str, str]) -> dict[str, str]:
    sources.passes_on = False
    return sources.environment(ambient, public=True) | sources.credentials


def edges(environment: Mapping[str, str], notebook: Notebook, folder: Path) -> Edges:
    remembered: list[Secret] = []
    return Edges(
        ambient=environment,
        shell=environment,
        store=Store(folder / "store"),
        progress=notebook,
        today=dt.date(2026, 1, 1),
        clock=time.monotonic,
        remember=remembered.append,
    )


def test_pip_uv_and_git_work_under_it(
    sources: LocalSources, environment: dict[str, str], notebook: Notebook, tmp_path: Path
) -> None:
    project, world = acme_project(sources), edges(environment, notebook, tmp_path)
    commands = (
        (sys.executable, "-m", "pip", "download", "--dest", str(tmp_path / "d"), "acme-core"),
        (UV, "pip", "install", "--target", str(tmp_path / "site"), "acme-core"),
        ("git", "clone", "--quiet", sources.tax_url, str(tmp_path / "tree")),
    )
    assert [with_access(project, command, edges=world) for command in commands] == [0, 0, 0]
    assert (tmp_path / "d" / "acme_core-1.4.0-py3-none-any.whl").is_file()
    assert (tmp_path / "site" / "acme_core-1.4.0.dist-info").is_dir()
    assert (tmp_path / "tree" / ".git").is_dir()
    assert sources.log.leaks("acme", home="index") == ()


def test_the_child_sees_no_credential_and_no_other_index(
    sources: LocalSources, environment: dict[str, str], notebook: Notebook, tmp_path: Path
) -> None:
    bypasses = {
        "PIP_EXTRA_INDEX_URL": "https://elsewhere.test/simple/",
        "PIP_FIND_LINKS": "https://elsewhere.test/",
        "UV_INDEX": "https://elsewhere.test/simple/",
        "UV_INDEX_ACME_PASSWORD": sources.token,
        "GIT_CONFIG_PARAMETERS": "'http.extraheader=Authorization: elsewhere'",
        "GIT_TRACE_CURL": "elsewhere",
        "GIT_ASKPASS": "elsewhere",
        "NETRC": "elsewhere",
        "COPY": f"https://reader:{quote(sources.token, safe='')}@elsewhere.test/",
    }
    kept = {"PIP_CACHE_DIR": str(tmp_path / "cache"), "MY_SETTING": "mine"}
    told = tmp_path / "told.json"
    script = f"import json, os; json.dump(dict(os.environ), open({str(told)!r}, 'w'))"
    world = edges(environment | bypasses | kept, notebook, tmp_path)
    code = with_access(acme_project(sources), (sys.executable, "-c", script), edges=world)
    seen: dict[str, str] = json.loads(told.read_text())
    text = "\n".join(f"{name}={value}" for name, value in seen.items())
    assert code == 0
    assert kept.items() <= seen.items()
    assert "elsewhere" not in text
    assert not set(sources.credentials) & seen.keys() - {"CONTOSO_TOKEN"}
    for token in (sources.token, sources.git_token):
        assert not any(form in text for form in encodings(token))


def test_the_exit_code_is_passed_on_and_a_refusal_is_told(
    sources: LocalSources, environment: dict[str, str], notebook: Notebook, tmp_path: Path
) -> None:
    world = edges(environment, notebook, tmp_path)
    project = acme_project(sources)
    assert with_access(project, (sys.executable, "-c", "raise SystemExit(7)"), edges=world) == 7
    assert notebook.warnings == []
    sources.index.fail("403")
    command = (UV, "pip", "install", "--target", str(tmp_path / "site"), "acme-core")
    assert with_access(project, command, edges=world) != 0
    assert any("the source acme" in warning for warning in notebook.warnings)


@pytest.mark.skipif(os.name != "posix", reason="signals as a terminal sends them")
def test_ctrl_c_ends_both(
    sources: LocalSources, environment: dict[str, str], tmp_path: Path
) -> None:
    root = make_project(tmp_path / "project", sources=sources)
    ready = tmp_path / "ready"
    child = f"""
        import pathlib, signal, sys, time
        signal.signal(signal.SIGINT, lambda *_: sys.exit(9))
        pathlib.Path({str(ready)!r}).touch()
        time.sleep(60)
    """
    lading = subprocess.Popen(
        [
            *(str(Path(sys.executable).with_name("lading")), "with-access", "--"),
            *(sys.executable, "-c", textwrap.dedent(child)),
        ],
        cwd=root,
        env=environment,
        start_new_session=True,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + 60
        while not ready.exists() and lading.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        if lading.poll() is None:
            os.killpg(lading.pid, signal.SIGINT)
        _, said = lading.communicate(timeout=60)
    finally:
        lading.kill()
    assert ready.exists(), said
    assert lading.returncode == 9, said
