"""The console script `lading`: Invoke's program, as people and programs expect one to answer."""

from __future__ import annotations

import difflib
import importlib.metadata
import os
import re
import sys
from collections.abc import Iterator
from copy import copy

from invoke.exceptions import ParseError
from invoke.program import Program

from lading.core.errors import UsageError
from lading.tasks import namespace
from lading.visit import INTERRUPTED, render_failure

# What a shell reports of a program whose reader went away (SIGPIPE).
CUT_SHORT = 141


class LadingProgram(Program):
    """Invoke's program, with the exit codes of the contract: 2 for usage, 130 for Ctrl-C."""

    def run(self, argv: list[str] | None = None, exit: bool = True) -> None:  # noqa: A002, FBT001, FBT002
        """Run the command line; Invoke itself answers both with 1."""
        words = list(sys.argv if argv is None else argv)
        bare = _bare_list(words)
        if bare:
            error = UsageError(f"{bare} was given no value", remedy=f"Write {bare} VALUE.")
            sys.stderr.write(f"lading: {error.message}\n")
            raise SystemExit(_tell_remedy(error, words))
        try:
            super().run(_help_first(words), exit)
        except SystemExit as ending:
            if isinstance(ending.__context__, ParseError):
                raise SystemExit(_tell_usage(ending.__context__, words)) from None
            if isinstance(ending.__context__, KeyboardInterrupt):
                raise SystemExit(INTERRUPTED) from None
            raise
        except BrokenPipeError:
            # Whoever read the output has seen enough. The interpreter must not try to flush it.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(CUT_SHORT) from None

    def print_help(self) -> None:
        """Show the commands; Invoke's own options are of no use here."""
        sys.stdout.write("Usage: lading COMMAND [--options]\n\n")
        self.list_tasks()
        sys.stdout.write("lading COMMAND --help tells the options of one of them.\n")


def _help_first(words: list[str]) -> list[str]:
    """Put `--help` before the command: behind it, Invoke takes it for the name to explain."""
    own = words[: words.index("--")] if "--" in words else words
    asked = [word for word in own[1:] if word in {"--help", "-h"}]
    commands = [word for word in own[1:] if word in namespace.task_names]
    return [words[0], "--help", commands[0]] if asked and commands else words


def _bare_list(words: list[str]) -> str:
    """Return a flag for several values that has none: Invoke passes over it in silence."""
    own = words[1 : words.index("--")] if "--" in words else words[1:]
    command = next((word for word in own if word in namespace.task_names), "")
    if not command:
        return ""
    known = set(_flags(command))
    lists = set(_flags(command, kind=list))
    pairs = zip(own, (*own[1:], ""), strict=True)
    return next((word for word, value in pairs if word in lists and value in known | {""}), "")


def _tell_usage(problem: ParseError, words: list[str]) -> int:
    """Add to Invoke's complaint what helps, and give a program its document."""
    command = problem.context.name if problem.context else None
    return _tell_remedy(UsageError(str(problem), remedy=_suggestion(str(problem), command)), words)


def _tell_remedy(error: UsageError, words: list[str]) -> int:
    sys.stderr.write(f"  → {error.remedy}\n")
    if "--json" in words:
        sys.stdout.write(render_failure(error))
    return error.exit_code


def _suggestion(problem: str, command: str | None) -> str:
    found = re.search(r"No idea what '(?P<word>[^']+)' is", problem)
    word = found["word"] if found else ""
    if command == "with-access" and word and not word.startswith("-"):
        return f"Write the command behind two dashes: lading with-access -- {word} …"
    known = list(_flags(command)) if command else list(namespace.task_names)
    near = difflib.get_close_matches(word, known, n=1)
    hint = f"Did you mean {near[0]}? " if near else ""
    if command:
        return f"{hint}lading {command} --help shows the options of {command}."
    return f"{hint}lading --help shows the commands."


def _flags(command: str, *, kind: type = object) -> Iterator[str]:
    # Asking a task for its arguments takes their help away from it.
    asked = copy(namespace[command])
    asked.help = {}
    for argument in asked.get_arguments():
        if issubclass(argument.kind, kind):
            yield from (f"--{name.replace('_', '-')}" for name in argument.names)


def main() -> None:
    """Run the console script `lading`."""
    LadingProgram(
        name="lading", namespace=namespace, version=importlib.metadata.version("lading")
    ).run()
