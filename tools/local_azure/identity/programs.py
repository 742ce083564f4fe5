"""The folder of stand-ins for `az` and `azd`, signed in as the application."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from local_azure.identity.entra import Entra
from local_sources.certificates import Certificates

_SOURCE = Path(__file__).with_name("stand_in.py")
_LOG = "calls.jsonl"
# Where each keeps who signed in, below the folder.
_AZ, _AZD = (
    Path(".azure/service_principal_entries.json"),
    Path(".azd/auth/service_principal.json"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """How a stand-in was started. The environment may hold secrets of whoever started it."""

    program: str
    argv: tuple[str, ...]
    environment: dict[str, str]


def write_programs(folder: Path, entra: Entra, certificates: Certificates) -> dict[str, str]:
    """Write both programs, signed in, into a folder; return the variables that lead to it."""
    folder.mkdir(parents=True, exist_ok=True)
    source = f"#!{sys.executable} -IS\n{_SOURCE.read_text('utf-8')}"
    for name in ("az", "azd"):
        program = folder / name
        program.write_text(source, "utf-8")
        program.chmod(0o755)
    authority = {"authority": entra.origin, "bundle": str(certificates.bundle)}
    (folder / "authority.json").write_text(json.dumps(authority), "utf-8")
    sign_in(folder, entra)
    config = {"AZURE_CONFIG_DIR": folder / _AZ.parent, "AZD_CONFIG_DIR": folder / _AZD.parents[1]}
    return {name: str(path) for name, path in config.items()}


def sign_in(folder: Path, entra: Entra) -> None:
    """Leave in a folder what the real programs leave when a service principal signs in."""
    entry = {"client_id": entra.client_id, "tenant": entra.tenant}
    text = json.dumps([entry | {"client_secret": entra.client_secret}])
    for file in (folder / _AZ, folder / _AZD):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(text, "utf-8")


def sign_out(folder: Path) -> None:
    """Take it away again."""
    for file in (_AZ, _AZD):
        (folder / file).unlink(missing_ok=True)


def read_calls(folder: Path) -> tuple[Call, ...]:
    """Return how the programs in a folder were started so far."""
    log = folder / _LOG
    lines = log.read_text("utf-8").splitlines() if log.exists() else []
    calls = (json.loads(line) for line in lines)
    return tuple(
        Call(program=call["program"], argv=tuple(call["argv"]), environment=call["environment"])
        for call in calls
    )
