"""The program that the target's interpreter runs to load a package: an order in, an answer out."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys

from lading.edges.functions.loading import (
    Protos,
    answer_to,
    load,
    put_aside,
    send,
    take_place,
)


def main() -> None:
    """Put the answer's way aside, take the package's place, load it, answer."""
    answers = put_aside()
    path = sys.argv[1]
    with open(path, encoding="utf-8") as file:
        order = json.load(file)
    os.unlink(path)
    wanted = take_place(order)
    root = order["root"]
    loaded = asyncio.run(load(order, root, Protos()))
    answer = json.dumps(answer_to(order, loaded, root, wanted)).encode()
    for stream in (sys.stdout, sys.stderr):
        # The app may have closed it.
        with contextlib.suppress(Exception):
            stream.flush()
    send(answers, answer)
    # Threads that the app started would keep the interpreter.
    os._exit(0)


if __name__ == "__main__":
    main()
