"""What strace wrote of a run: every program that was started, and everything that was written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

# Whole strings: an environment or a written block is never cut.
_LONGEST_STRING = 1 << 20
_CALLS = "execve,execveat,write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,sendmmsg"
OPTIONS = (
    *("-f", "-qq", "-v", "-y", "--seccomp-bpf", "-s", str(_LONGEST_STRING)),
    *("-e", f"trace={_CALLS}", "-e", "signal=none"),
)

_STRING = rb'"(?:[^"\\]|\\.)*"(?:\.\.\.)?'
_EXEC = re.compile(
    rb"(?P<pid>\d+) +execve(?:at)?\(.*?\[(?P<argv>(?:" + _STRING + rb"(?:, )?)*)\], "
    rb"\[(?P<environment>(?:" + _STRING + rb"(?:, )?)*)\]",
    re.DOTALL,
)
_WRITE = re.compile(rb"(?P<pid>\d+) +(?:write|pwrite|send)\w*\((?P<number>\d+)<(?P<file>[^>]*)>")
_WORD = re.compile(rb'"((?:[^"\\]|\\.)*)"')
# Options, paths and programs in a word say nothing about which program it is.
_PLAIN = re.compile(r"\w[\w.-]{0,40}")
_TOLD_WORDS = 3

Kind = Literal["argv", "environment", "file", "pipe", "socket"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that a process did; `program` tells which process, `place` where it wrote.

    `is_first` marks the command itself, which was handed what its user handed it.
    """

    kind: Kind
    program: str
    place: str
    data: bytes
    is_first: bool = False


def read_events(trace: Path) -> Iterator[Event]:
    """Return everything in the order in which it happened."""
    programs: dict[bytes, str] = {}
    is_first = True
    with trace.open("rb") as lines:
        for line in lines:
            started = _EXEC.match(line)
            if started:
                program = _program(started["argv"])
                programs[started["pid"]] = program
                for kind, data in (
                    ("argv", started["argv"]),
                    ("environment", started["environment"]),
                ):
                    yield Event(
                        kind="argv" if kind == "argv" else "environment",
                        program=program,
                        place=program,
                        data=data,
                        is_first=is_first,
                    )
                is_first = False
                continue
            written = _WRITE.match(line)
            if written:
                place = written["file"].decode(errors="replace")
                yield Event(
                    kind=_kind(place),
                    program=programs.get(written["pid"], ""),
                    place=place,
                    data=line[written.end() :],
                )


def _kind(place: str) -> Kind:
    if place.startswith("pipe:"):
        return "pipe"
    return "socket" if place.startswith(("socket:", "TCP", "UNIX", "UDP")) else "file"


def _program(argv: bytes) -> str:
    words = [word.decode(errors="replace") for word in _WORD.findall(argv)]
    names = [word.rpartition("/")[2] for word in words[:1]]
    names += [word for word in words[1:] if _PLAIN.fullmatch(word)]
    return " ".join(names[:_TOLD_WORDS])
