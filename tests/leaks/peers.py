"""The usual ways to hand pip, uv and git a credential, each as people write it today."""

from __future__ import annotations

import base64
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from local_sources import LocalSources
from tests.leaks.kinds import PROGRAMS, USER, Setting, provide_by_keyring
from tests.leaks.matrix import Agent
from tests.leaks.needles import make_spy
from tests.leaks.rig import Rig, Run
from tests.leaks.ways import SPY, add_spying_archive

TOKEN = "the token"
# A wheel of the spy; what builds it comes from the same feed.
_PIP = (sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-cache-dir", "-w", "out", SPY)
_UV = (str(PROGRAMS / "uv"), "pip", "install", "--no-deps", "--target", "out", SPY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where somebody works: a machine of their own, and the sources."""

    agent: Agent
    sources: LocalSources

    def with_token(self, url: str, token: str) -> str:
        """Return a URL with the credential written into it."""
        return url.replace("https://", f"https://{USER}:{quote(token, safe='')}@")

    @property
    def feed(self) -> str:
        """Return the URL of the feed with everything, with the credential in it."""
        return self.with_token(self.sources.mirror_url, self.sources.token)

    @property
    def header(self) -> str:
        """Return the header that opens the Git host."""
        pair = f"{USER}:{self.sources.git_token}".encode()
        return f"Authorization: Basic {base64.b64encode(pair).decode()}"

    def write(self, name: str, text: str, *, mode: int = 0o600) -> Path:
        """Write a file into the home folder."""
        path = self.agent.home / name
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        return path

    def write_netrc(self, token: str) -> Path:
        """Write a netrc that has the credential for every port of this host."""
        return self.write(".netrc", f"machine localhost login {USER} password {token}\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A command as it is typed, and what was set and written for it."""

    words: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    given: tuple[Path, ...] = ()


def pip_index_url_argument(desk: Desk) -> Handed:
    """`pip --index-url https://user:token@…`."""
    return Handed(words=(*_PIP, "--index-url", desk.feed))


def pip_index_url_variable(desk: Desk) -> Handed:
    """`PIP_INDEX_URL`, as PipAuthenticate@1 sets it."""
    return Handed(words=_PIP, variables={"PIP_INDEX_URL": desk.feed})


def pip_netrc(desk: Desk) -> Handed:
    """A netrc in the home folder."""
    given = (desk.write_netrc(desk.sources.token),)
    return Handed(words=_PIP, variables={"PIP_INDEX_URL": desk.sources.mirror_url}, given=given)


def pip_keyring(desk: Desk) -> Handed:
    """`PIP_KEYRING_PROVIDER=subprocess`."""
    provision = provide_by_keyring(
        Setting(
            token=desk.sources.token,
            url=desk.sources.mirror_url,
            home=desk.agent.home,
            scratch=desk.agent.scratch,
        )
    )
    # pip passes over a keyring that lies beside itself.
    programs = desk.agent.scratch / "programs"
    programs.mkdir()
    (programs / "keyring").symlink_to(PROGRAMS / "keyring")
    variables = {
        "PATH": f"{programs}:{desk.agent.environment()['PATH']}",
        "PIP_INDEX_URL": desk.sources.mirror_url,
        "PIP_KEYRING_PROVIDER": "subprocess",
    }
    return Handed(words=_PIP, variables=variables, given=provision.given)


def uv_index_variables(desk: Desk) -> Handed:
    """`UV_INDEX_NAME_USERNAME` and `_PASSWORD`."""
    variables = {
        "UV_INDEX": f"acme={desk.sources.mirror_url}",
        "UV_INDEX_ACME_USERNAME": USER,
        "UV_INDEX_ACME_PASSWORD": desk.sources.token,
    }
    return Handed(words=_UV, variables=variables)


def uv_emit_index_url(desk: Desk) -> Handed:
    """`uv pip compile --emit-index-url`, with the URL in the environment."""
    (desk.agent.project / "in.txt").write_text("acme-core\n", encoding="utf-8")
    words = (_UV[0], "pip", "compile", "--emit-index-url", "-o", "out.txt", "in.txt")
    return Handed(words=words, variables={"UV_DEFAULT_INDEX": desk.feed})


def git_url(desk: Desk) -> Handed:
    """`git clone https://user:token@…`."""
    url = desk.with_token(desk.sources.tax_url, desk.sources.git_token)
    return Handed(words=("git", "clone", "--quiet", url, "tree"))


def git_header_argument(desk: Desk) -> Handed:
    """`git -c http.extraHeader=…`, as Azure DevOps documents it."""
    option = f"http.extraHeader={desk.header}"
    return Handed(words=("git", "-c", option, "clone", "--quiet", desk.sources.tax_url, "tree"))


def git_header_variables(desk: Desk) -> Handed:
    """`GIT_CONFIG_KEY_0=http.extraHeader`."""
    return _clone_with(desk, ("http.extraHeader", desk.header))


def git_askpass_and_store(desk: Desk) -> Handed:
    """`GIT_ASKPASS`, on a machine whose user has `credential.helper=store`."""
    script = f"case $1 in Username*) echo {USER};; *) echo '{desk.sources.git_token}';; esac"
    asked = desk.write("askpass", f"#!/bin/sh\n{script}\n", mode=0o700)
    desk.write(".gitconfig", "[credential]\n\thelper = store\n")
    return Handed(
        words=("git", "clone", "--quiet", desk.sources.tax_url, "tree"),
        variables={"GIT_ASKPASS": str(asked)},
        given=(asked,),
    )


def git_scoped_helper(desk: Desk) -> Handed:
    """A helper for one host, after a reset: the way that leaves nothing."""
    answer = f"username={USER}\\npassword={desk.sources.git_token}\\n"
    helper = desk.write("helper", f"#!/bin/sh\n[ $1 = get ] && printf '{answer}'\n", mode=0o700)
    origin = desk.sources.git.origin
    handed = _clone_with(
        desk, ("credential.helper", ""), (f"credential.{origin}.helper", str(helper))
    )
    return Handed(words=handed.words, variables=handed.variables, given=(helper,))


def _clone_with(desk: Desk, *settings: tuple[str, str]) -> Handed:
    variables = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (key, value) in enumerate(settings):
        variables |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    words = ("git", "clone", "--quiet", desk.sources.tax_url, "tree")
    return Handed(words=words, variables=variables)


def watch_peer(prepare: Callable[[Desk], Handed], desk: Desk) -> Run:
    """Do what somebody does today, under the rig, with a spy in what is built."""
    handed = prepare(desk)
    is_git = handed.words[0] == "git"
    secrets = {TOKEN: desk.sources.git_token if is_git else desk.sources.token}
    add_spying_archive(
        desk.sources,
        make_spy(secrets, files=handed.given, services=(desk.sources.mirror_url,)),
    )
    rig = Rig(
        desk.agent.folder,
        secrets,
        given=handed.given,
        spoken=("keyring", "sh", "askpass", "helper"),
    )
    program = shutil.which(handed.words[0]) or handed.words[0]
    return rig.run(
        (program, *handed.words[1:]),
        environment=desk.agent.environment() | dict(handed.variables),
        folder=desk.agent.project,
    )
