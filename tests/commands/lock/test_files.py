"""The files of a lock serve pip and people, and hold no address and no credential."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.commands.lock.desk import Desk, offer_public


def test_no_address_and_no_credential_is_in_the_lock(backed: Desk) -> None:
    backed.sources.add_sdist("acme-quote", "2.0")
    backed.ask("acme-quote", f"acme-tax @ git+{backed.sources.tax_url}@v2.1.0")
    backed.lock()
    text = backed.text
    assert backed.sources.tax_url in text
    remaining = text.replace(backed.sources.tax_url, "")
    assert "http" not in remaining
    assert "127.0.0.1" not in text
    for secret in (backed.sources.token, backed.sources.git_token):
        assert secret not in text


def test_pip_installs_from_the_first_file(desk: Desk, tmp_path: Path) -> None:
    desk.sources.add_wheel("acme-quote", "1.4", requires=["wares"])
    offer_public(desk.sources, "wares", "1.0")
    desk.ask("acme-quote")
    desk.lock()
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    for shelf in (desk.sources.private_packages, desk.sources.public_packages):
        for path in shelf.folder.glob("*.whl"):
            (wheels / path.name).write_bytes(path.read_bytes())
    target = tmp_path / "installed"
    run_pip(
        [
            *("install", "--no-index", "--find-links", str(wheels), "--require-hashes"),
            *("--no-deps", "--target", str(target)),
            *("-r", str(desk.root / "functionapp" / "requirements.lock")),
        ],
        desk.ambient,
    )
    assert {path.name for path in target.glob("*.dist-info")} == {
        "acme_quote-1.4.dist-info",
        "wares-1.0.dist-info",
    }


def test_explain_tells_who_asked_and_what_was_taken(desk: Desk) -> None:
    desk.sources.add_wheel("acme-quote", "1.4", requires=["wares"])
    offer_public(desk.sources, "wares", "1.0")
    desk.ask("acme-quote")
    desk.lock()
    text = desk.explain("Wares")
    assert "wares 1.0" in text
    assert "functionapp/requirements.txt → acme-quote → wares" in text
    assert "wares-1.0-py3-none-any.whl" in text


def run_pip(words: Sequence[str], environment: dict[str, str]) -> None:
    command = [sys.executable, "-I", "-m", "pip", "--isolated", "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, *words], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
