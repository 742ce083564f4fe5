"""What streams by is examined whole, however it is cut into blocks."""

from __future__ import annotations

import base64
import json
import random

import pytest

from lading.core.layer import Exposed
from lading.edges.layers.examination import Examination

BODY = base64.b64encode(random.Random(1).randbytes(1200)).decode()  # noqa: S311
LINES = "\n".join(BODY[start : start + 64] for start in range(0, len(BODY), 64))
KEY = f"-----BEGIN RSA PRIVATE KEY-----\n{LINES}\n-----END RSA PRIVATE KEY-----\n"
WORD = "PRIVATE KEY"
# The storage emulator's, as its documentation has it.
EMULATOR = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)


def exposed(data: bytes, *, own: bool = True, step: int = 1 << 18) -> list[Exposed]:
    examination = Examination(own=own)
    with examination.watch("file") as watch:
        for start in range(0, len(data), step):
            watch.feed(data[start : start + step])
    return examination.exposed


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("step", [1, 7, 4096, 1 << 18])
def test_a_private_key_is_found_in_any_blocks(step: int, *, own: bool) -> None:
    data = b"# a line\n" * 3000 + KEY.encode() + b"# a line\n" * 3000
    assert exposed(data[26_000:], own=own, step=step) == [
        Exposed(name="file", line=113, kind="private key")
    ]


@pytest.mark.parametrize(
    "text",
    [
        KEY,
        KEY.replace("RSA ", ""),
        KEY.replace("RSA", "OPENSSH"),
        KEY.replace("RSA", "ENCRYPTED"),
        KEY.replace(
            "KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00FF\n\n"
        ),
        json.dumps({"type": "service_account", "private_key": KEY}),
        "\n".join(f"    {line!r}" for line in KEY.splitlines(keepends=True)),
    ],
)
def test_a_private_key_is_found_in_every_writing(text: str) -> None:
    assert [one.kind for one in exposed(text.encode())] == ["private key"]


@pytest.mark.parametrize(
    "text",
    [
        f'PEM = "-----BEGIN {WORD}-----"\nEND = "-----END {WORD}-----"\n',
        f"-----BEGIN {WORD}-----\nMIIE... your key here ...\n-----END {WORD}-----\n",
        f"-----BEGIN {WORD}-----\n<paste it>\n-----END {WORD}-----\n",
        KEY.replace(WORD, "CERTIFICATE"),
        KEY.replace("RSA PRIVATE", "PUBLIC"),
    ],
)
def test_words_about_keys_are_no_key(text: str) -> None:
    assert exposed(text.encode()) == []


LETTERS = BODY.replace("+", "a").replace("/", "b")
TOKENS = {
    "GitHub Token": "ghp_" + LETTERS[:36],
    "Azure Storage Account access key": "AccountKey=" + BODY[:86] + "==",
    "Azure shared access key": "SharedAccessKey=" + BODY[:43] + "=",
    "Azure DevOps token": LETTERS[:76] + "AZDO" + "a1B2",
    "Azure shared access signature": "?sv=2024-11-04&ss=b&sig=a"
    + BODY[:42].replace("+", "%2B").replace("/", "%2F")
    + "%3D",
    "publish profile's password": f'userPWD="{LETTERS[:60]}"',
    "token in a URL": f"--extra-index-url https://build:{LETTERS[:52]}@pkgs.dev.azure.com/acme/x/",
}


@pytest.mark.parametrize("kind", TOKENS)
def test_tokens_are_found_in_the_apps_files_alone(kind: str) -> None:
    text = f"\nX = 1\nTOKEN = {TOKENS[kind]}\n"
    data = text.encode()
    assert exposed(data) == [Exposed(name="file", line=3, kind=kind)]
    assert exposed(text.encode("utf-16")) == [Exposed(name="file", line=3, kind=kind)]
    assert exposed(data, own=False) == []


@pytest.mark.parametrize(
    "text",
    [
        "UseDevelopmentStorage=true",
        f"AccountKey={EMULATOR}",
        "ghp_" + "x" * 36,
        "SharedAccessKey=<your key>",
        'password = os.environ["PASSWORD"]',
        "https://user:password@example.com/",
        "https://user:your-personal-access-token-goes-here@pkgs.dev.azure.com/",
        "https://build:${AZURE_DEVOPS_PERSONAL_ACCESS_TOKEN_1}@pkgs.dev.azure.com/",
        f"https://example.com/a:b/{LETTERS[:52]}@2",
        'userPWD="your password"',
        "sha256:" + "0123456789abcdef" * 4,
    ],
)
def test_what_is_no_secret_is_no_finding(text: str) -> None:
    assert exposed(text.encode()) == []


def test_binary_and_very_long_files_are_not_read_as_text() -> None:
    token = TOKENS["GitHub Token"].encode()
    assert exposed(b"\0\0\0\0\0\0\0\0" + token) == []
    assert exposed(token + b"\n" + b"x" * (2 << 20)) == []


def test_short_and_empty_files_are_looked_at_too() -> None:
    assert exposed(b"") == exposed(b"x") == exposed(b"\x7fELF") == []
