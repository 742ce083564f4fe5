"""`python -m tests.fuzz TARGET…`: coverage-guided fuzzing of one target after the other.

What `invoke fuzz` runs. atheris drives the same functions as the tests; what it finds is written
down as bytes to be added to `findings.py`.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from tests.fuzz.findings import FINDINGS
from tests.fuzz.seeds import SEEDS

ROOT = Path(__file__).parents[2]
_LONGEST = 4096
_RUNS = re.compile(r"stat::number_of_executed_units:\s+([0-9]+)")
_LAST_COVERAGE = re.compile(r"#([0-9]+)\s.*cov: ([0-9]+)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz every named target, or all, for its share of the time; 1 where something was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=main.__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(SEEDS))
    parser.add_argument("--seconds", type=int, default=60, help="for all targets together")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.targets if name not in SEEDS]
    if unknown or options.seconds <= 0:
        parser.error(f"targets are {', '.join(SEEDS)}, and --seconds above 0")
    if find_spec("atheris") is None:
        print("Fuzzing needs atheris: pip install -e '.[dev,fuzz]'", file=sys.stderr)
        return 2
    names = options.targets or list(SEEDS)
    share = max(1, options.seconds // len(names))
    found = [name for name in names if _fuzz(name, seconds=share)]
    return int(bool(found))


def _fuzz(name: str, *, seconds: int) -> bool:
    """Fuzz one target in a process of its own; print what it did, return whether it found."""
    with tempfile.TemporaryDirectory(prefix="lading-fuzz-") as scratch:
        corpus, found = Path(scratch, "corpus"), Path(scratch, "found")
        corpus.mkdir()
        found.mkdir()
        known = [finding.data for finding in FINDINGS if finding.target == name]
        for number, seed in enumerate([*SEEDS[name], *known]):
            (corpus / str(number)).write_bytes(seed)
        ended = subprocess.run(
            [
                *(sys.executable, "-m", "tests.fuzz.driver", name, f"-max_total_time={seconds}"),
                *(f"-max_len={_LONGEST}", "-timeout=20", f"-artifact_prefix={found}/"),
                *("-print_final_stats=1", str(corpus)),
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=seconds + 120,
        )
        inputs = [path.read_bytes() for path in sorted(found.iterdir())]
    done = _RUNS.search(ended.stderr)
    coverage = _LAST_COVERAGE.findall(ended.stderr)
    runs = int(done[1]) if done else 0
    reached = coverage[-1][1] if coverage else "?"
    print(f"{name:<9} {runs:>9} runs in {seconds} s, {reached} branches, found {len(inputs)}")
    if ended.returncode or inputs:
        print(f"ended with {ended.returncode}")
        print(ended.stderr[-3000:])
        for data in inputs:
            print(f"    Finding({name!r}, {data!r}, …)")
    return bool(ended.returncode or inputs)


if __name__ == "__main__":
    raise SystemExit(main())
