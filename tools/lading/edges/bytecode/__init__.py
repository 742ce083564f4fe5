"""Bytecode: the target's own interpreter compiles, in children that import nothing foreign."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from lading.edges.interpreters import Interpreter
from lading.edges.processes import ProcessError, base_environment, run_process

# Enough work for a child that its start does not count, small enough to share a large wheel out.
_BATCH_BYTES = 1 << 20
_TIMEOUT_SECONDS = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonSource:
    """A Python file to compile: a range of bytes of a file, stored or deflated.

    `filename` is what tracebacks and the bytecode itself call it: its path on Azure.
    """

    path: Path
    offset: int
    compressed_size: int
    deflated: bool
    size: int
    filename: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """The bytecode of one source, as a range of bytes of a file in the scratch folder.

    `crc` is of the source that was compiled. With a `problem` there is no bytecode.
    """

    path: Path
    offset: int
    size: int
    crc: int
    problem: str | None = None

    def read_bytes(self) -> bytes:
        """Return the content of the .pyc file."""
        with self.path.open("rb") as file:
            file.seek(self.offset)
            return file.read(self.size)


class BytecodeCompiler:
    """A pool of children of one interpreter; a context manager.

    The bytecode is `unchecked-hash` (PEP 552): valid whatever the file times, never checked against
    its source. It is the same for any number of children and order of work.
    """

    def __init__(
        self, interpreter: Interpreter, *, ambient: Mapping[str, str], jobs: int | None = None
    ) -> None:
        self.interpreter = interpreter
        self._ambient = ambient
        self._pool = ThreadPoolExecutor(jobs or os.cpu_count() or 1, "lading-compile")

    @property
    def label(self) -> str:
        """Return what tells this compiler's bytecode from any other's."""
        return f"{self.interpreter.implementation} {self.interpreter.version}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def compile(self, sources: Sequence[PythonSource], *, scratch: Path) -> tuple[Compiled, ...]:
        """Compile sources in parallel and return an answer for each, in their order."""
        # Python 3.10 writes sets in the order of their hashes. `-I` would not look at the seed; its
        # other half is done by this environment, which has no other PYTHON variable, and by
        # starting in a folder that holds no module.
        environment = base_environment(self._ambient, home=scratch) | {"PYTHONHASHSEED": "0"}
        batches = _batches(sources)
        outputs = [scratch / f"bytecode-{number}" for number in range(len(batches))]
        answers = self._pool.map(self._run, batches, outputs, [environment] * len(batches))
        return tuple(compiled for answer in answers for compiled in answer)

    def _run(
        self, batch: Sequence[PythonSource], output: Path, environment: Mapping[str, str]
    ) -> list[Compiled]:
        order = json.dumps({"output": str(output), "pieces": [_piece(item) for item in batch]})
        try:
            answer = run_process(
                (self.interpreter.path, "-s", "-S", "-W", "ignore", "-c", _worker()),
                environment=environment,
                folder=output.parent,
                timeout=_TIMEOUT_SECONDS,
                standard_input=order,
            )
            problem = answer.stderr.strip().rpartition("\n")[2] or f"ended with {answer.code}"
        except ProcessError as error:
            return self._halve(batch, output, environment, problem=error.message)
        if answer.code != 0:
            return self._halve(batch, output, environment, problem=problem)
        return [_compiled(output, fields) for fields in json.loads(answer.stdout)]

    def _halve(
        self,
        batch: Sequence[PythonSource],
        output: Path,
        environment: Mapping[str, str],
        *,
        problem: str,
    ) -> list[Compiled]:
        """Find the file on which the compiler itself died; the others lose nothing."""
        if len(batch) == 1:
            return [Compiled(path=output, offset=0, size=0, crc=0, problem=problem)]
        middle = len(batch) // 2
        first, second = output.with_name(f"{output.name}0"), output.with_name(f"{output.name}1")
        return [
            *self._run(batch[:middle], first, environment),
            *self._run(batch[middle:], second, environment),
        ]


@cache
def _worker() -> str:
    return files("lading.edges.bytecode").joinpath("worker.py").read_text("utf-8")


def _batches(sources: Sequence[PythonSource]) -> list[list[PythonSource]]:
    batches: list[list[PythonSource]] = []
    left = 0
    for source in sources:
        if left < source.size or not batches:
            batches.append([])
            left = _BATCH_BYTES
        batches[-1].append(source)
        left -= source.size
    return batches


def _piece(source: PythonSource) -> dict[str, object]:
    inflated = source.size if source.deflated else None
    where = (str(source.path.absolute()), source.offset, source.compressed_size, inflated)
    return {"range": where, "filename": source.filename}


def _compiled(output: Path, fields: Mapping[str, Any]) -> Compiled:
    return Compiled(path=output, **fields)
