"""The refs that a Git server advertises over http, read without Git (protocol version 0)."""

from __future__ import annotations

from lading.core.sources.git_refs import RemoteRefs, parse_refs

_LENGTH = 4
_SERVICE = b"# service=git-upload-pack"


class AdvertisementError(ValueError):
    """An answer is no list of refs."""


def parse_advertisement(data: bytes, *, url: str) -> RemoteRefs:
    """Read the answer to `info/refs?service=git-upload-pack`; raise AdvertisementError.

    https://git-scm.com/docs/gitprotocol-http, "Smart Server Response".
    """
    lines = _parse_lines(data)
    if not lines or lines[0].strip() != _SERVICE:
        raise AdvertisementError("it is no answer of a Git server")
    # The first line of refs has what the server can do behind a zero byte.
    refs = (line.partition(b"\0")[0].strip().decode("utf-8", "replace") for line in lines[1:])
    return parse_refs("\n".join(ref.replace(" ", "\t", 1) for ref in refs), url=url)


def _parse_lines(data: bytes) -> list[bytes]:
    lines: list[bytes] = []
    place = 0
    while place < len(data):
        try:
            length = int(data[place : place + _LENGTH], 16)
        except ValueError:
            raise AdvertisementError("it is no answer of a Git server") from None
        if length > _LENGTH:
            if place + length > len(data):
                raise AdvertisementError("it ends early")
            lines.append(data[place + _LENGTH : place + length])
        place += max(length, _LENGTH)
    return lines
