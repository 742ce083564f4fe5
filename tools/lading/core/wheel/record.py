"""RECORD: what a distribution says is in it, read from wheels and written for layers (PEP 376)."""

from __future__ import annotations

import csv
import io
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lading.core.layer import Member

# PEP 427: sha256 or better. Their names in RECORD are hashlib's.
ALGORITHMS = ("sha256", "sha384", "sha512")
# They cannot hold their own hash, or came after RECORD was written.
UNHASHED = ("RECORD", "RECORD.jws", "RECORD.p7s")
_FIELDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedHash:
    """What RECORD promises of one file: `algorithm` is one of ALGORITHMS."""

    algorithm: str
    digest: bytes


def parse_record(text: str) -> tuple[dict[str, RecordedHash | None], tuple[str, ...]]:
    """Return the promises of a RECORD by name (None: no hash), and what is wrong with it."""
    promises: dict[str, RecordedHash | None] = {}
    problems = []
    for number, row in enumerate(csv.reader(text.splitlines()), start=1):
        if not row:
            continue
        if len(row) != _FIELDS:
            problems.append(f"RECORD, line {number}: not three fields")
            continue
        try:
            promise = _parse_hash(row[1])
        except ValueError as error:
            problems.append(f"RECORD, line {number}: {error}")
            continue
        if row[0] in promises and promises[row[0]] != promise:
            problems.append(f"RECORD, line {number}: a second hash for {row[0]}")
        promises[row[0]] = promise
    return promises, tuple(problems)


def compare_record(
    promises: Mapping[str, RecordedHash | None], names: Iterable[str], *, dist_info: str
) -> tuple[str, ...]:
    """Return where a RECORD and the names of a wheel's files disagree."""
    unhashed = {f"{dist_info}/{name}" for name in UNHASHED}
    present = set(names)
    problems = [f"{name}: is not in RECORD" for name in sorted(present - set(promises) - unhashed)]
    problems += [
        f"{name}: has no hash in RECORD"
        for name in sorted(present & set(promises) - unhashed)
        if promises[name] is None
    ]
    problems += [
        f"{name}: is in RECORD and not in the wheel"
        for name in sorted(set(promises) - present)
        if not name.endswith("/")
    ]
    return tuple(problems)


def render_record(members: Iterable[Member], *, dist_info: str) -> bytes:
    """Return the RECORD of a layer: every member, bytecode too, with hash and size."""
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    own = f"{dist_info}/RECORD"
    rows = [(member.name, _render_hash(member.sha256), str(member.size)) for member in members]
    writer.writerows(sorted([*rows, (own, "", "")]))
    return lines.getvalue().encode()


def _parse_hash(text: str) -> RecordedHash | None:
    if not text:
        return None
    algorithm, _, encoded = text.partition("=")
    if algorithm not in ALGORITHMS:
        raise ValueError(f"{algorithm} is no hash that PEP 427 allows")
    digest = urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    return RecordedHash(algorithm=algorithm, digest=digest)


def _render_hash(sha256: str) -> str:
    return f"sha256={urlsafe_b64encode(bytes.fromhex(sha256)).decode().rstrip('=')}"
