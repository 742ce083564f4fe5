"""The ways on which a credential is used: an index, Git, a source that is built, another tool.

A new way is a function that prepares it and a line in `WAYS`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from local_sources import GitCommit, LocalSources
from local_sources.hosts import Host
from tests.leaks.needles import Spy
from tests.library import write_library
from tests.small_project import small_project

SPY = "acme-spy"
_FOLDER = "/acme/platform/_git/"
# What a client asks for first.
_REFS = f"{SPY}/info/refs"
_WHEEL = "acme-core"
# Reports when it is asked for a wheel, then builds one, with the report in it.
_SPYING_BACK_END = """

_spy_first = build_wheel


def build_wheel(*arguments, **options):
    {report}
    return _spy_first(*arguments, **options)
"""
_SETUP = (
    "\nimport setuptools\nsetuptools.setup(name={name!r}, version='1.0', py_modules=['acme_spy'])\n"
)
# A tool that asks for something with access, and then for everything else.
_TOOL = """
import subprocess, sys
try:
    code = subprocess.run({command!r}).returncode
except KeyboardInterrupt:
    sys.exit(130)
exec(compile(open({spy!r}).read(), "spy", "exec"))
sys.exit(code)
"""
Opens = Literal["acme", "acme-git", "acme-publisher"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The hosts to which a credential belongs, and what a project declares of them.

    `add_repository` offers a repository under a name and returns its URL. Not everything opens an
    index.
    """

    sources: LocalSources
    index: Host
    index_url: str
    git: Host
    git_url: str
    add_repository: Callable[[str, GitCommit], str]
    has_index: bool = True


def usual_site(sources: LocalSources) -> Site:
    """Return the hosts that take most credentials."""

    def add(name: str, commit: GitCommit) -> str:
        sources.add_git_repository(f"{_FOLDER}{name}", commit)
        return f"{sources.git.origin}{_FOLDER}{name}"

    return Site(
        sources=sources,
        index=sources.index,
        index_url=sources.index_url,
        git=sources.git,
        git_url=sources.git_url,
        add_repository=add,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What a user types, in which project, and where its requests go.

    `where` is what the path of the request has in it that is answered badly; `opens` names the
    credential as the request log does.
    """

    words: tuple[str, ...]
    requirements: tuple[str, ...]
    host: Host
    where: str
    opens: Opens


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way on which a credential is used.

    `builds` says that foreign code runs; `is_confined` that it does so in namespaces;
    `publishes` that its library belongs into the project; `is_the_users` that it is a tool of the
    user's own, which has the user's environment.
    """

    name: str
    prepare: Callable[[Site, Spy, Path], Errand]
    opens: Opens = "acme"
    builds: bool = False
    is_confined: bool = True
    publishes: bool = False
    is_the_users: bool = False


_BUILD = ("build", "--json", "--verbose")


def _index(site: Site, _spy: Spy, _scratch: Path) -> Errand:
    return Errand(words=_BUILD, requirements=(_WHEEL,), host=site.index, where=_WHEEL, opens="acme")


def _git(site: Site, spy: Spy, _scratch: Path) -> Errand:
    """A repository whose own build back end is the spy."""
    files = small_project(SPY)
    back_end = files["back_end.py"] + _SPYING_BACK_END.format(report=spy.report)
    commit = GitCommit(files=files | {"back_end.py": f"{spy.module}\n{back_end}"})
    return Errand(
        words=_BUILD,
        requirements=(f"{SPY} @ git+{site.add_repository(SPY, commit)}@main",),
        host=site.git,
        where=_REFS,
        opens="acme-git",
    )


def _source(site: Site, spy: Spy, _scratch: Path) -> Errand:
    """A source archive whose setup.py is the spy."""
    add_spying_archive(site.sources, spy)
    return Errand(
        words=_BUILD, requirements=(SPY,), host=site.index, where="acme_spy", opens="acme"
    )


def _with_access(site: Site, spy: Spy, scratch: Path) -> Errand:
    program = scratch / "spy_program.py"
    program.write_text(spy.program, encoding="utf-8")
    pip = (sys.executable, "-m", "pip", "download", "--no-deps", "--dest", "got", _WHEEL)
    command: tuple[str, ...] = pip
    if not site.has_index:
        url = site.add_repository(SPY, GitCommit(files=small_project(SPY)))
        command = ("git", "clone", "--quiet", url, "got")
    tool = scratch / "tool.py"
    tool.write_text(_TOOL.format(command=command, spy=str(program)), encoding="utf-8")
    return Errand(
        words=("with-access", "--verbose", "--", sys.executable, str(tool)),
        requirements=(),
        host=site.index if site.has_index else site.git,
        where=_WHEEL if site.has_index else _REFS,
        opens="acme" if site.has_index else "acme-git",
    )


def _publish(site: Site, spy: Spy, scratch: Path) -> Errand:
    """A library whose own build back end is the spy."""
    library = write_library(scratch / SPY, SPY)
    back_end = library / "back_end.py"
    text = back_end.read_text(encoding="utf-8") + _SPYING_BACK_END.format(report=spy.report)
    back_end.write_text(f"{spy.module}\n{text}", encoding="utf-8")
    return Errand(
        words=("publish", "--folder", SPY, "--source", "acme", "--json"),
        requirements=(),
        host=site.index,
        where=urlsplit(site.index_url).path.removesuffix("simple/"),
        opens="acme-publisher",
    )


def add_spying_archive(sources: LocalSources, spy: Spy) -> Path:
    """Offer a source archive whose setup.py looks for secrets before it builds."""
    return sources.add_sdist(SPY, "1.0", files={}, setup_py=spy.program + _SETUP.format(name=SPY))


WAYS = (
    Way(name="index", prepare=_index),
    Way(name="Git", prepare=_git, opens="acme-git", builds=True),
    Way(name="source build", prepare=_source, builds=True),
    Way(name="with-access", prepare=_with_access, is_the_users=True),
    Way(name="publish", prepare=_publish, opens="acme-publisher", builds=True, publishes=True),
)
# Where there are no namespaces: the credential stays home all the same, the rest is exposed.
UNCONFINED = Way(
    name="source build, no namespaces",
    prepare=_git,
    opens="acme-git",
    builds=True,
    is_confined=False,
)
