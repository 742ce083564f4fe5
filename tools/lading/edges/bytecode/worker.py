"""The program that the target's interpreter runs to compile: sources in, bytecode out.

It is given to `-c` as text and knows nothing of lading. It runs on every Python that Azure
has, reads a JSON document from standard input, appends bytecode to one file, answers with a JSON
list on standard output, and never runs or imports what it compiles.
"""

from __future__ import annotations

import importlib.util
import json
import marshal
import sys
import zlib
from collections.abc import Iterator
from types import CodeType

# PEP 552: a hash instead of a time, and the importer does not look at the source.
UNCHECKED_HASH = (1).to_bytes(4, "little")
ANYTHING = object()
PROBLEMS = (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError)


def read_source(path: str, offset: int, length: int, inflated: int | None) -> bytes:
    """Return a range of a file's bytes, inflated to at most so many bytes unless that is None."""
    with open(path, "rb") as file:  # noqa: PTH123 - pathlib would double the start
        file.seek(offset)
        data = file.read(length)
    if inflated is None:
        return data
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, inflated + 1)


def compile_source(source: bytes, filename: str) -> bytes:
    """Return the content of a .pyc file, the same whatever was compiled before."""
    code = compile(source, filename, "exec", dont_inherit=True, optimize=0)
    # Sets are written in the order of their hashes before 3.11 (bpo-37596), and the hash of None
    # is its address before 3.12.
    if sys.version_info < (3, 11) and has_set(code, containing=None):
        raise ValueError("on this Python its bytecode differs from run to run")
    if has_set(code):
        # Equal sets of strings stay one object only while the strings are new to this process
        # (`intern_constants` in CPython's codeobject.c), and that shows in the bytecode. The
        # second time, with the first result still alive, they are never new.
        first = code
        code = compile(source, filename, "exec", dont_inherit=True, optimize=0)
        del first
    # What is referred to once is written shorter. Another module that happens to know the same word
    # must not count, so every string gets a second reference here.
    held = list(strings(code))
    source_hash = importlib.util.source_hash(source)
    bytecode = marshal.dumps(code)
    del held
    return importlib.util.MAGIC_NUMBER + UNCHECKED_HASH + source_hash + bytecode


def strings(value: object) -> Iterator[str]:
    """Give every string that a code object refers to."""
    if isinstance(value, CodeType):
        yield from (value.co_name, getattr(value, "co_qualname", ""), *value.co_names)
        yield from (*value.co_varnames, *value.co_cellvars, *value.co_freevars)
        yield from strings(value.co_consts)
    elif isinstance(value, tuple | frozenset):
        for item in value:
            yield from strings(item)
    elif isinstance(value, str):
        yield value


def has_set(value: object, *, containing: object = ANYTHING) -> bool:
    """Say whether a code object has a constant set (with something in it) anywhere."""
    if isinstance(value, CodeType):
        return any(has_set(constant, containing=containing) for constant in value.co_consts)
    if isinstance(value, tuple):
        return any(has_set(item, containing=containing) for item in value)
    return isinstance(value, frozenset) and (containing is ANYTHING or containing in value)


def main() -> None:
    """Read the order, compile, answer."""
    order = json.load(sys.stdin)
    answers = []
    with open(order["output"], "wb") as output:  # noqa: PTH123 - as above
        for piece in order["pieces"]:
            source = read_source(*piece["range"])
            problem = None
            bytecode = b""
            try:
                bytecode = compile_source(source, piece["filename"])
            except PROBLEMS as error:
                problem = f"{type(error).__name__}: {error}"
            answer = {
                "crc": zlib.crc32(source),
                "offset": output.tell(),
                "size": output.write(bytecode),
                "problem": problem,
            }
            answers.append(answer)
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
