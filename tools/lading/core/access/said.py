"""What a foreign server said about its refusal, fit to be quoted: one line, short, no markup."""

from __future__ import annotations

import html
import json
import re

from lading.core.access.asked import Answer
from lading.core.secret import hide_userinfo

LONGEST = 200
# Where the APIs of the known hosts put their sentence: GitHub, GitLab and Azure DevOps `message`,
# Entra ID and GitLab `error_description`, JFrog `errors: [{message}]`, Bitbucket
# `error: {message}`.
_FIELDS = ("message", "error_description", "detail", "error", "errors", "title")
_MARKUP = re.compile(r"<(script|style)\b.*?(</\1\s*>|$)|<[^>]*>?", re.DOTALL | re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>(?P<title>.*?)</title>", re.DOTALL | re.IGNORECASE)
# The status and its name once more.
_NOTHING_SAID = re.compile(
    r"(?:HTTP )?(?:\d{3})?\W*"
    r"(?:(?:unauthorized|forbidden|not found|server error|service unavailable|error)\W*)*",
    re.IGNORECASE,
)
_HTML = re.compile(r"\s*<(!doctype|html|head|body|\?xml)", re.IGNORECASE)


def words_of(answer: Answer) -> str:
    """Return the sentence of an answer's body, "" where it has none; never markup.

    A page for browsers gives its title alone.
    """
    body = answer.body.lstrip("\ufeff \r\n\t")
    if body.startswith(("{", "[")):
        try:
            return one_line(_sentence(json.loads(body)))
        except (ValueError, RecursionError):
            return ""
    if _HTML.match(body) or "text/html" in answer.headers.get("content-type", ""):
        title = _TITLE.search(body)
        return one_line(_plain(title["title"])) if title else ""
    return one_line(_plain(body))


def said(answer: Answer) -> str:
    """Return `: it said "…"` for an error, "" where the answer has no words."""
    words = words_of(answer)
    return "" if _NOTHING_SAID.fullmatch(words) else f': it said "{words}"'


def one_line(text: str) -> str:
    """Return foreign text as one line of printable characters, at most `LONGEST` of them."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    line = hide_userinfo(" ".join(printable.split())).replace('"', "'")
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1].rstrip()}…"


def _plain(text: str) -> str:
    return html.unescape(_MARKUP.sub(" ", text))


def _sentence(value: object) -> str:
    match value:
        case str():
            return _plain(value)
        case list():
            return next((found for item in value if (found := _sentence(item))), "")
        case dict():
            return next(
                (found for name in _FIELDS if (found := _sentence(value.get(name)))),
                "",
            )
        case _:
            return ""
