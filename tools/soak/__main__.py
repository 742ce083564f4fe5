"""`python -m soak`: soak, and print what was measured."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from soak import soak
from soak.outcome import render_outcome


def main(arguments: Sequence[str] | None = None) -> int:
    """Soak, print what was measured, and return 1 where something was wrong."""
    parser = argparse.ArgumentParser(prog="soak", description=main.__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--clients", type=int, default=20)
    options = parser.parse_args(arguments)
    if options.seconds <= 0 or options.clients <= 0:
        parser.error("--seconds and --clients must be above 0")
    outcome = soak(seconds=options.seconds, clients=options.clients)
    print(render_outcome(outcome))
    return int(bool(outcome.complaints()))


if __name__ == "__main__":
    raise SystemExit(main())
