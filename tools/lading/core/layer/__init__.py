"""A layer: one distribution made ready, with final names, modes and bytecode."""

from __future__ import annotations

from dataclasses import dataclass

from lading.core.native import NativeFile
from lading.core.slimming import Kept, Rule, Stripped

MODE_FILE = 0o644
MODE_EXECUTABLE = 0o755
# The methods of a zip by which a member is kept.
STORED = 0
DEFLATED = 8
# The one folder in a package that Azure puts on sys.path.
SITE_PACKAGES = ".python_packages/lib/site-packages/"
# Where Azure mounts or extracts the package.
WWWROOT = "/home/site/wwwroot/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file of a layer, an app or a bundle.

    `name` is POSIX: in a layer relative to site-packages, in a bundle to the artifact's root.
    `sha256` (hex) and `crc` are of the uncompressed bytes; sizes in bytes; `method` is STORED
    or DEFLATED; `offset` is where the member's compressed data begins in the layer's blob.
    """

    name: str
    mode: int
    size: int
    sha256: str
    crc: int
    method: int
    compressed_size: int
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A wheel's member that did not go into its layer, and why (scripts, tests, bytecode…).

    `rule` is the one of slimming that took it, None where nobody would get it. Sizes in bytes,
    `packed` as the wheel has it.
    """

    name: str
    size: int
    reason: str
    rule: Rule | None = None
    packed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposed:
    """A member that holds what looks like a credential: where, and of which kind.

    The credential itself is nowhere in it. `line` counts from 1.
    """

    name: str
    line: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One distribution made ready, as the store keeps it.

    `key` is a hash of all that made it (wheel, rules, interpreter patch, deflate library);
    `blob_sha256` is of the blob that holds the members' compressed data. `pth` names the `.pth`
    files that would have an effect in a normal site-packages; `tags` are the wheel's. `interpreter`
    is the patch version that compiled its bytecode, None where there is none. `prefix` is what
    stands before its members' names in the artifact; `data_files` names the members that came from
    the wheel's `data` folder, `uncompiled` the sources that are no valid Python for the target,
    `notes` what was strange but harmless. `native` are the facts of its native files, `exposed`
    what looks like a credential. `kept` is what slimming did not take for a reason, `stripped` are
    the native files whose symbols it took.

    The app's own files are a layer too, with the empty name and prefix.
    """

    key: str
    name: str
    version: str
    wheel_sha256: str
    blob_sha256: str
    members: tuple[Member, ...]
    left_out: tuple[LeftOut, ...] = ()
    pth: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    licence: str = ""
    interpreter: str | None = None
    prefix: str = SITE_PACKAGES
    data_files: tuple[str, ...] = ()
    uncompiled: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    native: tuple[NativeFile, ...] = ()
    exposed: tuple[Exposed, ...] = ()
    kept: tuple[Kept, ...] = ()
    stripped: tuple[Stripped, ...] = ()

    @property
    def blob_filename(self) -> str:
        """Return the name under which the store keeps the blob."""
        return f"{self.name or 'app'}.layer"
