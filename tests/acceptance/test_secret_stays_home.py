"""The credential is in no argv, child environment, file, output or archive member."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from leak_search import search_files, search_text, watch
from local_sources import LocalSources, write_sample_project
from tests.support import require
from tests.user import User

CURIOUS_SETUP = """
import os, pathlib, setuptools
found = dict(os.environ)
for place in pathlib.Path("/proc").glob("[0-9]*"):
    for name in ("environ", "cmdline"):
        try:
            found[f"{place}/{name}"] = (place / name).read_bytes().decode(errors="replace")
        except OSError:
            pass
for name in (".netrc", ".git-credentials", ".azure/token", ".config/pip/pip.conf"):
    path = pathlib.Path(os.path.expanduser("~"), name)
    if path.exists():
        found[name] = path.read_text()
pathlib.Path("acme_curious.py").write_text(f"FOUND = {found!r}")
setuptools.setup(name="acme-curious", version="1.0", py_modules=["acme_curious"])
"""


@pytest.mark.parametrize("outcome", ["success", "401", "500", "redirect-to-host"])
def test_it_is_nowhere_but_in_the_one_process(
    user: User, sources: LocalSources, tmp_path: Path, outcome: str
) -> None:
    require("strace")
    sources.add_sdist("acme-curious", "1.0", setup_py=CURIOUS_SETUP)
    project = write_sample_project(sources, tmp_path / "project")
    requirements = project / "functionapp/requirements.txt"
    requirements.write_text(requirements.read_text() + "acme-curious\n")
    if outcome != "success":
        sources.index.fail(outcome)  # type: ignore[arg-type]
    secrets = (sources.token, sources.git_token)
    run = watch(
        [sys.executable, "-m", "lading", "build", "--verbose"],
        environment=user.environment | {"LADING_CACHE": str(tmp_path / "store")},
        secrets=secrets,
        folder=project,
    )
    assert run.code == (0 if outcome == "success" else 4), run.output
    assert run.processes > (5 if outcome == "success" else 0)
    searched = run.searched
    searched.join(search_text("output", run.output, secrets))
    # Home, temporary files, store, project and dist/ all lie below.
    searched.join(search_files([tmp_path], secrets))
    assert searched.hits == []
    if outcome == "success":
        assert searched.counts["archive members"] > 1000


def test_the_search_finds_what_is_planted(tmp_path: Path) -> None:
    token = "planted-token-1234"
    (tmp_path / "note").write_text(token)
    script = f"import subprocess, sys; subprocess.run([sys.executable, '-c', '', {token!r}])"
    run = watch([sys.executable, "-c", script], environment={}, secrets=[token], folder=tmp_path)
    assert len(run.searched.hits) == 1
    assert len(search_files([tmp_path], [token]).hits) == 1
    assert search_text("output", f"a {token} b", [token]).hits
