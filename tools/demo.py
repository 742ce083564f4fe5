"""The whole story on this machine: private sources, the build, the search for leaks, the price."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import zipfile
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from rich.table import Table

from leak_search import Run, search_files, search_text, watch
from local_sources import LocalSources, write_sample_project

_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
# As much of a token as a person needs to recognise it.
_VISIBLE = 4
# Runs in a clean interpreter: -I and -S keep the builder's own packages out of sight, and the
# order is the one in which Azure finds them.
_ASK_THE_APP = """
import sys
root = sys.argv[1]
sys.path[:0] = [root + "/.python_packages/lib/site-packages"]
sys.path.append(root)
import azure.functions as func
from function_app import app, get_price
names = [function.get_function_name() for function in app.get_functions()]
request = func.HttpRequest("GET", "/api/price", params={"net": "100", "country": "DE"}, body=b"")
handler = getattr(get_price, "_function", get_price)
answer = getattr(handler, "get_user_function", lambda: handler)()(request)
print(", ".join(names))
print(answer.get_body().decode())
"""


def show(*, keep: bool = False) -> bool:
    """Show the story; return whether everything in it went well."""
    console = Console(highlight=False)
    started = time.monotonic()
    with ExitStack() as closing:
        folder = _folder(closing, keep=keep)
        sources = closing.enter_context(LocalSources(_environment(folder)))
        _rule(console, "1  Private sources, on this machine, over TLS")
        console.print(f"index  {sources.index_url}   (acme-pricing, acme-core)")
        console.print(f"git    {sources.tax_url}   (acme-tax)")
        project = write_sample_project(sources, folder / "project", python=_PYTHON)
        run = _build(console, sources, project, folder)
        if run.code:
            return False
        well = _search(console, sources, run, folder)
        well = _ask(console, project / "dist/orders.zip", folder / "app") and well
        _rule(console, f"Done in {time.monotonic() - started:.0f} s")
        if keep:
            console.print(f"Kept: {folder}")
        return well


def _folder(closing: ExitStack, *, keep: bool) -> Path:
    if keep:
        return Path(tempfile.mkdtemp(prefix="lading-demo-"))
    return Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="lading-demo-")))


def _environment(folder: Path) -> dict[str, str]:
    """Return an environment in which everything that the build could write lies in one folder."""
    home = folder / "home"
    (home / "tmp").mkdir(parents=True, exist_ok=True)
    # The interpreter may be one that pyenv keeps in the real home.
    found = {"PYENV_ROOT": str(Path.home() / ".pyenv"), **os.environ}
    here = {"HOME": str(home), "TMPDIR": str(home / "tmp"), "LADING_CACHE": str(home / "lading")}
    return found | here


def _build(console: Console, sources: LocalSources, project: Path, folder: Path) -> Run:
    _rule(console, "2  lading build --verbose")
    environment = sources.environment(_environment(folder)) | sources.credentials
    with console.status("locking, fetching, building, packing …"):
        run = watch(
            [sys.executable, "-m", "lading", "build", "--verbose"],
            environment=environment,
            secrets=_secrets(sources),
            folder=project,
        )
    told = run.stderr.splitlines()
    if run.code:
        console.print(run.output.rstrip(), markup=False, soft_wrap=True)
        return run
    requests = sum(" credential: " in line for line in told)
    console.print(f"{len(told)} lines of progress, {requests} of them requests, such as:")
    firsts = {line.partition(":")[0]: line for line in reversed(told) if " credential: " in line}
    for line in sorted(firsts.values()):
        console.print(f"  {line}", markup=False, soft_wrap=True)
    console.print(run.stdout.rstrip(), markup=False, soft_wrap=True)
    return run


def _search(console: Console, sources: LocalSources, run: Run, folder: Path) -> bool:
    _rule(console, "3  Where is the credential now?")
    secrets = _secrets(sources)
    for secret in secrets:
        shown = f"{secret[:_VISIBLE]}{'*' * 12}{secret[-_VISIBLE:]}"
        console.print(f"used: {shown}", markup=False)
    searched = run.searched
    searched.join(search_text("output", run.output, secrets))
    searched.join(search_files([folder], secrets))
    table = Table("searched (raw, URL-encoded, base64)", "places", "hits")
    for kind, count in searched.counts.items():
        hits = sum(hit.startswith(f"{kind}:") for hit in searched.hits)
        table.add_row(kind, str(count), str(hits))
    console.print(table)
    console.print(f"processes were watched by {run.watcher}")
    for hit in searched.hits:
        console.print(f"LEAK: {hit}", markup=False, style="red")
    return not searched.hits


def _ask(console: Console, artifact: Path, folder: Path) -> bool:
    _rule(console, "4  The app, imported from the zip alone, in a clean interpreter")
    with zipfile.ZipFile(artifact) as package:
        package.extractall(folder)
    finished = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _ASK_THE_APP, str(folder)],
        env={},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    console.print((finished.stdout or finished.stderr).rstrip(), markup=False)
    return finished.returncode == 0


def _secrets(sources: LocalSources) -> tuple[str, str]:
    return sources.token, sources.git_token


def _rule(console: Console, title: str) -> None:
    console.rule(title, align="left")
