"""Wheels for tests, honest and hostile, written member by member."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from packaging.utils import parse_wheel_filename

from lading.core.wheel import Wheel


@dataclass(frozen=True, kw_only=True)
class Zipped:
    """A member as it is written: `attributes` are the external ones, Unix modes shifted by 16."""

    name: str
    content: bytes
    method: int = zipfile.ZIP_DEFLATED
    attributes: int = 0o100644 << 16


@dataclass(frozen=True, kw_only=True)
class WheelPlan:
    """A wheel to write. `recorded` replaces what RECORD says; None leaves out a file."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    name: str = "demo"
    version: str = "1.0"
    tag: str = "py3-none-any"
    metadata: bytes | None = None
    wheel: bytes | None = None
    recorded: Mapping[str, bytes | None] = field(default_factory=dict)
    record: bytes | None = None
    modes: Mapping[str, int] = field(default_factory=dict)
    method: int = zipfile.ZIP_DEFLATED

    @property
    def dist_info(self) -> str:
        """Return the folder of its metadata."""
        return f"{self.name.replace('-', '_')}-{self.version}.dist-info"

    @property
    def filename(self) -> str:
        """Return its file name."""
        return f"{self.name.replace('-', '_')}-{self.version}-{self.tag}.whl"

    def members(self) -> list[Zipped]:
        """Return all of its files, RECORD last."""
        metadata = f"Metadata-Version: 2.1\nName: {self.name}\nVersion: {self.version}\n".encode()
        wheel = f"Wheel-Version: 1.0\nGenerator: test\nTag: {self.tag}\n".encode()
        files = {
            **self.files,
            f"{self.dist_info}/METADATA": self.metadata or metadata,
            f"{self.dist_info}/WHEEL": self.wheel or wheel,
        }
        files[f"{self.dist_info}/RECORD"] = self.record or self._record(files)
        return [
            Zipped(
                name=name,
                content=content,
                method=self.method,
                attributes=self.modes.get(name, 0o100644) << 16,
            )
            for name, content in files.items()
        ]

    def _record(self, files: Mapping[str, bytes]) -> bytes:
        told = {**files, **self.recorded}
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        for name, content in told.items():
            if content is not None:
                writer.writerow((name, record_hash(content), len(content)))
        writer.writerow((f"{self.dist_info}/RECORD", "", ""))
        return text.getvalue().encode()


def record_hash(content: bytes) -> str:
    """Return a hash as RECORD has it."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
    return f"sha256={digest.decode().rstrip('=')}"


def write_members(path: Path, members: Sequence[Zipped]) -> Path:
    """Write a zip of exactly these members, duplicates too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for member in members:
            info = zipfile.ZipInfo(member.name, (2021, 2, 3, 4, 5, 6))
            info.filename = member.name  # ZipInfo cuts at a NUL
            info.compress_type = member.method
            info.external_attr = member.attributes
            info.create_system = 3
            archive.writestr(info, member.content)
    return path


def write_planned(folder: Path, plan: WheelPlan) -> Wheel:
    """Write a wheel and return it as fetching does."""
    return wheel_at(write_members(folder / plan.filename, plan.members()))


def wheel_at(path: Path) -> Wheel:
    """Return a wheel file as fetching does."""
    name, version, _build, _tags = parse_wheel_filename(path.name)
    return Wheel(
        name=name,
        version=str(version),
        filename=path.name,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        source="default",
        path=path,
    )
