"""Microsoft's runtime library in the target's interpreter: loads a package, and tells what it saw.

Nobody else runs an app. It sees its own files, read-only as on Azure, the library and the
interpreter; it has no network, and nothing of whoever builds is on its `sys.path`. One that is
served (`process`) has the network, and goes on.
"""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import replace

from lading.core.functions import Indexed, NoAnswerError, parse_answer
from lading.edges.functions.bench import (
    TIME_LIMIT,
    Bench,
    Enclosure,
    ended,
    errand_for,
    order_for,
    too_slow,
    without_answer,
)
from lading.edges.functions.engine import Engine
from lading.edges.functions.programs import worker_text
from lading.edges.functions.tree import Package, unpacked
from lading.edges.processes import TimeLimitError

_ORDER = "order.json"


def index_package(package: Package, bench: Bench) -> Indexed:
    """Load a package as Azure does, in a process of its own, and return what came of it.

    An app that ends the interpreter, or takes too long, has a problem as one that raises.
    """
    nonce = secrets.token_hex(16)
    with unpacked(package, store=bench.store) as tree, bench.store.scratch() as scratch:
        folder = scratch.resolve()
        path = folder / _ORDER
        order = json.dumps(order_for(tree, bench, nonce=nonce, serving=False))
        path.write_text(order, encoding="utf-8")
        started = time.monotonic()
        errand = errand_for(folder, tree, bench, program=worker_text(), words=(str(path),))
        try:
            ran = bench.enclosure.run(errand)
        except TimeLimitError:
            return without_answer(bench, too_slow(bench), seconds=bench.time_limit)
    seconds = time.monotonic() - started
    try:
        answer = parse_answer(ran.stdout, nonce=nonce, seconds=seconds, output=ran.stderr)
        return replace(answer, confinement=bench.enclosure.description)
    except NoAnswerError:
        problem = ended(ran.code, ran.stderr)
        return without_answer(bench, problem, seconds=seconds, output=ran.stderr)


__all__ = ["TIME_LIMIT", "Bench", "Enclosure", "Engine", "Package", "index_package", "worker_text"]
