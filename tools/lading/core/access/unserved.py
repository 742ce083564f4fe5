"""Command lines that would go past the broker's door: why, and what to write instead."""

from __future__ import annotations

import re
from pathlib import PurePath

from lading.core.errors import UsageError

_POETRY_FETCHES = {"add", "install", "lock", "remove", "self", "sync", "update"}
_UV_PROJECT = {"add", "lock", "remove", "run", "sync", "tree"}
_CONDA = {"conda", "mamba", "micromamba"}
_CONDA_FETCHES = {"create", "install", "search", "update", "upgrade"}
# What sends pip and uv elsewhere; pip allows to shorten an option, and to glue a value to `-i`.
_ELSEWHERE = re.compile(
    r"(--(?:ind|extra-i|default-i|config-f)[a-z-]*(?:=.*)?|-i.*|-f.*://.*|--find[a-z-]*=.*://.*)",
    re.DOTALL,
)
_LINKS = re.compile(r"-f|--find[a-z-]*")
_PIP = re.compile(r"pip(?:3(?:\.\d+)?)?")
_PYTHON = re.compile(r"(?:python|pypy)\d*(?:\.\d+)?|py")


def check_served(command: tuple[str, ...]) -> None:
    """Raise UsageError where a tool, started like this, would not come to the door.

    Only words that stand here are judged; a shell's or a makefile's own are not seen.
    """
    if not command[0]:
        raise UsageError("the command is an empty word", remedy="Name a program behind the --.")
    program = PurePath(command[0].replace("\\", "/")).name.lower().removesuffix(".exe")
    words = command[1:]
    if _PYTHON.fullmatch(program) and words[:1] == ("-m",) and len(words) > 1:
        program, words = words[1], words[2:]
    verb = next((word for word in words if not word.startswith("-")), "")
    if program == "poetry" and verb in _POETRY_FETCHES:
        raise _refused_poetry(verb)
    if program == "uv" and verb in _UV_PROJECT:
        raise _refused_uv_project(verb)
    if program in _CONDA and verb in _CONDA_FETCHES:
        raise UsageError(
            f"{program} {verb} cannot have access: it reads channels of its own, which are no "
            "source that lading knows",
            remedy="Leave the private packages to pip: conda env create, or conda install without "
            "them, and then lading with-access -- pip install …",
        )
    if program == "uv" or _PIP.fullmatch(program):
        _check_options(program, words)


def _refused_poetry(verb: str) -> UsageError:
    return UsageError(
        f"poetry {verb} cannot have access: it reads the addresses of its sources from "
        "pyproject.toml and no variable can lead them here; by itself it would ask the public "
        "index for private names",
        remedy="Export the lock and install that: poetry export -o requirements.txt, then lading "
        "with-access -- pip install -r requirements.txt. Or, with the plugin "
        "poetry-plugin-pypi-mirror and without [[tool.poetry.source]]: lading with-access -- sh -c "
        f"""'POETRY_PYPI_MIRROR_URL="$PIP_INDEX_URL" poetry {verb}'""",
    )


def _refused_uv_project(verb: str) -> UsageError:
    return UsageError(
        f"uv {verb} cannot have access: it would write the address of this run's door into "
        "uv.lock, and it reads private indexes at their own addresses",
        remedy="Install what is locked: uv export --frozen --no-emit-project -o requirements.txt, "
        "then lading with-access -- uv pip sync requirements.txt",
    )


def _check_options(program: str, words: tuple[str, ...]) -> None:
    for word, value in zip(words, (*words[1:], ""), strict=True):
        is_link = bool(_LINKS.fullmatch(word)) and "://" in value
        # Isolated, pip reads no variable, and asks the public index for everything.
        is_isolated = program != "uv" and word == "--isolated"
        if is_link or is_isolated or _ELSEWHERE.fullmatch(word):
            # Its value may hold a password.
            option = word.split("=")[0] if word.startswith("--") else word[:2]
            raise UsageError(
                f"{program} with {option} would go past the sources that are declared",
                remedy=f"Leave {option} out: with-access gives {program} one index that has the "
                "names of every declared source and everything else.",
            )
