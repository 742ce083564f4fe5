"""What a private key looks like in a file: the whole of it, not the words that code knows it by."""

from __future__ import annotations

import re

# How a report calls one.
PRIVATE_KEY = "private key"
# What is searched for first, because it is quick.
KEY_MARK = b"PRIVATE KEY-----"
# RSA of 8192 bits takes 6.4 KiB as PEM.
LONGEST_KEY = 8 << 10
# In JSON and in source code a line's end is written as "\n", often between quotation marks. A word
# in the middle of it, as in documentation ("MIIE… your key …"), makes it no key.
_KEY = re.compile(
    rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----"
    rb"(?:[\s\\nr\"',+]*(?:Proc-Type|DEK-Info): [^\r\n]{1,80})*"
    rb"[A-Za-z0-9+/=\s\\\"',]{100,}"
    rb"-----END (?:[A-Z0-9]+ )*PRIVATE KEY-----"
)


def find_private_key(data: bytes) -> int | None:
    """Return where a complete private key begins, None where there is none."""
    found = _KEY.search(data)
    return found.start() if found else None
