"""What each target is first given: texts that are right, from which fuzzing begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_GOOD_HEAD = b"Host: {host}\r\nAuthorization: {nonce}\r\n"
SEEDS: Mapping[str, Sequence[bytes]] = {
    "body": (b"4\r\n0000\r\n0\r\n\r\n", b"0\r\n\r\n", b"a\r\n0123456789\r\n0\r\n\r\n"),
    "door": (
        b"GET /simple/acme-tax/",
        b"GET /files/acme-tax/acme_tax-1.0-py3-none-any.whl.metadata",
        b"GET /git/acme-git/platform/_git/acme-tax/info/refs?service=git-upload-pack",
        b"POST /git/acme-git/platform/_git/acme-tax/git-upload-pack",
    ),
    "length": (b"l:12", b"t:chunked", b"l:1\nl:1", b"l:1\nt:chunked"),
    "page": (
        b'<a href="acme_tax-1.0-py3-none-any.whl#sha256=0" data-yanked="x" data-core-metadata>',
        b'{"meta":{"api-version":"1.0"},"files":[{"url":"acme_tax-1.0.tar.gz","yanked":"x",%b}]}'
        % b'"hashes":{"sha256":""},"size":1,"requires-python":">=3","core-metadata":true',
    ),
    "url": (b"../acme_tax-1.0.tar.gz", b"//feeds.acme.test:443/acme/%2e%2e/x;y?z#w", b"/acme/%2f"),
    "userinfo": (b"user:word@host.test/x@main", b"${USER}:${PAT}@host.test/", b"ghp_x@host.test"),
    "wire": (
        b"GET /simple/acme-tax/ HTTP/1.1\r\n%b\r\n" % _GOOD_HEAD,
        b"POST /git/acme-git/x/git-upload-pack HTTP/1.1\r\n%bTransfer-Encoding: chunked\r\n\r\n%b"
        % (_GOOD_HEAD, b"4\r\n0000\r\n0\r\n\r\n"),
        b"HEAD /files/x/x-1.0-py3-none-any.whl HTTP/1.0\r\n%b\r\n" % _GOOD_HEAD,
    ),
}
