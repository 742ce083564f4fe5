"""detect-secrets: its patterns for tokens that can be nothing else, and more beside them.

Only patterns with a fixed prefix or form: whatever guesses from entropy or from a variable's name
cries wolf. Nothing is verified, which would send what was found to whom it belongs.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from functools import cache

from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
from detect_secrets.plugins.base import RegexBasedDetector
from detect_secrets.plugins.github_token import GitHubTokenDetector
from detect_secrets.plugins.gitlab_token import GitLabTokenDetector
from detect_secrets.plugins.npm import NpmDetector
from detect_secrets.plugins.openai import OpenAIDetector
from detect_secrets.plugins.pypi_token import PypiTokenDetector
from detect_secrets.plugins.sendgrid import SendGridDetector
from detect_secrets.plugins.slack import SlackDetector
from detect_secrets.plugins.stripe import StripeDetector

_DETECTORS: tuple[type[RegexBasedDetector], ...] = (
    AzureStorageKeyDetector,
    GitHubTokenDetector,
    GitLabTokenDetector,
    NpmDetector,
    OpenAIDetector,
    PypiTokenDetector,
    SendGridDetector,
    SlackDetector,
    StripeDetector,
)
_MORE = {
    # Service Bus, Event Hubs, IoT: 32 bytes; Cosmos DB: 64 bytes, in its connection string.
    "Azure shared access key": re.compile(r"SharedAccessKey=[A-Za-z0-9+/]{43}="),
    # The endings by which Microsoft's scanners know their own tokens: DevOps, Functions, storage.
    "Azure DevOps token": re.compile(r"\b[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}\b"),
    "Azure Functions key": re.compile(r"\b[A-Za-z0-9_-]{44}AzFu[A-Za-z0-9_-]{6}=="),
    # A shared access signature as Azure Storage writes it: HMAC-SHA256, base64 within a URL.
    "Azure shared access signature": re.compile(
        r"\bsv=\d{4}-\d\d-\d\d&[^\s\"'<>]{0,400}?sig=[A-Za-z0-9]"
        r"(?:[A-Za-z0-9+/]|%2[BbFf]){40,80}(?:=|%3[Dd])"
    ),
    # As the portal gives it: sixty characters, in XML.
    "publish profile's password": re.compile(r"\buserPWD=\"[A-Za-z0-9]{60}\""),
    # In what pip reads (an index, a requirement from Git) a token stands there. A password that
    # somebody can remember is in documentation far more often.
    "token in a URL": re.compile(
        r"\bhttps?://[^/\s:@\"'<>]*:(?=[A-Za-z_-]*[0-9])(?=[0-9_-]*[A-Za-z])[A-Za-z0-9_-]{32,}@"
    ),
}
# The key of the storage emulator, which its documentation gives to everybody.
_PUBLIC = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
# How many of its last letters tell a token from a stand-in, and how many of them differ.
_JUDGED = 20
_FEWEST_LETTERS = 5
# No token is on a line that is longer than a minified page's.
_LONGEST_LINE = 100_000


def scan_text(data: bytes) -> Iterator[tuple[int, str]]:
    """Give the line (from 1) and the kind of each credential in a text; binary data has none."""
    # PowerShell writes so what is led into a file.
    is_utf_16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if b"\0" in data and not is_utf_16:
        return
    text = data.decode("utf-16" if is_utf_16 else "utf-8", "replace")
    for number, line in enumerate(text.splitlines(), start=1):
        if len(line) <= _LONGEST_LINE:
            yield from ((number, kind) for kind in _kinds(line))


def _kinds(line: str) -> Iterator[str]:
    for kind, patterns in _patterns():
        if any(_is_secret(found[0]) for one in patterns for found in one.finditer(line)):
            yield kind


def _is_secret(found: str) -> bool:
    # Documentation writes XXXX…, and the emulator's key is everybody's.
    return _PUBLIC not in found and len(set(found.rstrip("=")[-_JUDGED:])) >= _FEWEST_LETTERS


@cache
def _patterns() -> tuple[tuple[str, tuple[re.Pattern[str], ...]], ...]:
    theirs = ((one.secret_type, tuple(one.denylist)) for one in (kind() for kind in _DETECTORS))
    return (*theirs, *((kind, (pattern,)) for kind, pattern in _MORE.items()))
