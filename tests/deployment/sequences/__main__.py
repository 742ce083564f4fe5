"""`python -m tests.deployment.sequences`: run all sequences, and print what they came to."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import pytest

from tests.deployment.sequences.tally import Row, render_tally

_TESTS = Path(__file__).parents[1] / "test_sequences.py"


class Summary:
    """Gathers what every lot of sequences tells, from whichever process it ran in."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._lots = self._failed = 0
        self._started = time.monotonic()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take what a lot tells once it has ended, and say how far it is."""
        if report.when != "call":
            return
        self._lots += 1
        self._failed += report.failed
        if report.failed:
            sys.stderr.write(f"\n{report.nodeid}\n{report.longreprtext}\n")
        for name, text in report.user_properties:
            if name == "sequences":
                self.rows += [
                    Row(**row | {"met": tuple(row["met"])}) for row in json.loads(str(text))
                ]
        sys.stderr.write(
            f"\n{self._lots} lots, {self._failed} of them failed, {len(self.rows)} commands, "
            f"{time.monotonic() - self._started:.0f} s\n"
        )


def main() -> int:
    """Run all lots of sequences; return pytest's exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.deployment.sequences")
    parser.add_argument("--seed", type=int, default=0, help="others than those that CI has")
    parser.add_argument("--at-once", type=int, default=2, help="how many processes (2)")
    parser.add_argument("--write", type=Path, help="also write every command to this file")
    options = parser.parse_args()
    summary = Summary()
    words = ["-m", "slow or not slow", f"--hypothesis-seed={options.seed}", str(_TESTS)]
    code = int(pytest.main([*words, "-n", str(options.at_once)], plugins=[summary]))
    if summary.rows:
        sys.stdout.write(f"\n{render_tally(summary.rows)}\n")
    if options.write:
        lines = (
            f"{row.hosting} {row.what} {row.column} {row.said} {row.met}" for row in summary.rows
        )
        options.write.write_text("\n".join(lines))
    return code


if __name__ == "__main__":
    raise SystemExit(main())
