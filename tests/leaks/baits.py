"""Baits: what lies about on an agent or a laptop beside the credential, and must not be taken up.

None of them is a credential of the run. Each has a value of its own, so that a find tells where it
was.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lading.core.access.ambient import CREDENTIAL_PLACES, TOKEN_VARIABLES

_FILES = {
    ".netrc": "machine elsewhere.test login reader password {}\n",
    ".git-credentials": "https://reader:{}@elsewhere.test\n",
    ".azure/msal_token_cache.json": '{{"AccessToken": {{"secret": "{}"}}}}\n',
    ".azd/auth/cache.json": '{{"secret": "{}"}}\n',
    ".config/pip/pip.conf": "[global]\nextra-index-url = https://reader:{}@elsewhere.test/simple\n",
    ".config/gh/hosts.yml": "github.test:\n  oauth_token: {}\n",
    ".pypirc": "[elsewhere]\npassword = {}\n",
}
# Places that a variable names. Most are folders; these are files, in a form that is no mistake to
# whoever reads it.
_NAMED_FILE = re.compile(r".*_(?:FILE|PATH|CREDENTIALS|CERT|KEY|GLOBAL|SOCK|LOCATION)")
_ALSO_FILES = frozenset({"NETRC", "KUBECONFIG", "NPM_CONFIG_USERCONFIG"})
_TEXT = "[elsewhere]\npassword = {}\n"
# The label of what the project's own file holds.
DOTENV = ".env"
_DOTENV_VARIABLE = "DOTENV_TOKEN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Baits:
    """What was laid: the secrets by label, the variables, and the files that hold one."""

    secrets: Mapping[str, str]
    variables: Mapping[str, str]
    files: tuple[Path, ...]


def lay_baits(*, home: Path, project: Path, elsewhere: Path, reads: tuple[str, ...]) -> Baits:
    """Lay every bait, but in no variable whose name begins with one of `reads`.

    The variables are those in which CI systems, Azure and their tools leave tokens, and those that
    say where credentials lie: that is `elsewhere`.
    """
    names = (pattern.replace("*", "ACME") for pattern in TOKEN_VARIABLES)
    variables = {name: new_secret() for name in names if not name.startswith(reads)}
    labels = {f"the variable {name}": value for name, value in variables.items()}
    files = []
    for name, text in _FILES.items():
        labels[f"~/{name}"] = new_secret()
        files.append(_write(home / name, text.format(labels[f"~/{name}"])))
    for name in CREDENTIAL_PLACES:
        if name.startswith(reads):
            continue
        is_file = name in _ALSO_FILES or _NAMED_FILE.fullmatch(name)
        path = elsewhere / name
        labels[f"what {name} names"] = new_secret()
        text = _TEXT.format(labels[f"what {name} names"])
        files.append(_write(path if is_file else path / "credentials", text))
        variables[name] = str(path)
    labels[DOTENV] = new_secret()
    files.append(_write(project / ".env", f"{_DOTENV_VARIABLE}={labels[DOTENV]}\n"))
    return Baits(secrets=labels, variables=variables, files=tuple(files))


def new_secret() -> str:
    """Return a value that no search finds by chance, in characters that URL-encoding changes."""
    return f"acme~{secrets.token_urlsafe(24)}+/="


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path
