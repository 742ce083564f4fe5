"""A healthy app on its way: built, built again, packed by other tools, and verified each time."""

from __future__ import annotations

import subprocess
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from tests.corpus.case import Healthy
from tests.corpus.workbench import ARTIFACT, Outcome, Workbench

# Who packs what lading built, beside lading.
Repacker = Literal["zip -r", "zipfile", "func"]
REPACKERS: tuple[Repacker, ...] = get_args(Repacker)


@dataclass(frozen=True, kw_only=True)
class Health:
    """What was said of an app when it was built, and of each zip of it; sizes in bytes."""

    built: Outcome
    rebuilt: Outcome | None
    verified: tuple[tuple[str, Outcome], ...]
    size: int


def examine_health(
    case: Healthy,
    workbench: Workbench,
    folder: Path,
    *,
    repackers: Sequence[Repacker] = REPACKERS,
    rebuild: bool = False,
) -> Health:
    """Build an app in a folder of its own, and verify lading's artifact and other tools' zips."""
    built = workbench.run(case.made, folder)
    artifact = folder / ARTIFACT
    if not artifact.exists():
        return Health(built=built, rebuilt=None, verified=(), size=0)
    again = workbench.type(case.made, folder) if rebuild else None
    zips: dict[str, Path] = {by: repack(artifact, folder / "zips" / by, by=by) for by in repackers}
    own = {"lading": artifact} if rebuild else {}
    verified = [
        (by, workbench.verify_zip(path, case.made.python)) for by, path in (own | zips).items()
    ]
    return Health(
        built=built, rebuilt=again, verified=tuple(verified), size=artifact.stat().st_size
    )


def illnesses(case: Healthy, health: Health) -> list[str]:
    """Return what was said against an app and should not have been."""
    said = [("lading build", health.built), *health.verified]
    said += [("again", health.rebuilt)] if health.rebuilt else []
    found = []
    for by, outcome in said:
        if not set(outcome.found) <= case.told:
            found.append(f"{by}: {outcome.found}: {outcome.told}")
        lacking = case.wants and outcome.imported.startswith(
            f"no: this machine has no {case.wants}"
        )
        if outcome.exit_code or not (outcome.is_imported or lacking):
            found.append(f"{by}: ended with {outcome.exit_code}, imported: {outcome.imported}")
    return found


def repack(artifact: Path, stage: Path, *, by: Repacker) -> Path:
    """Pack what an artifact holds as another tool does; return the zip.

    `zip -r` writes folders too and in the order of the disk, `func` every file as executable.
    """
    content = stage / "content"
    with zipfile.ZipFile(artifact) as package:
        package.extractall(content)
    (content / "lading.json").unlink()
    made = stage / f"{by.replace(' ', '')}.zip"
    if by == "zip -r":
        subprocess.run(["zip", "-qr", str(made), "."], cwd=content, check=True)
        return made
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        for path in sorted(content.rglob("*")):
            if by == "zipfile":
                package.write(path, path.relative_to(content))
            elif path.is_file():
                entry = zipfile.ZipInfo(path.relative_to(content).as_posix(), (1980, 1, 1, 0, 0, 0))
                entry.create_system, entry.external_attr = 3, 0o100777 << 16
                package.writestr(entry, path.read_bytes())
    return made
