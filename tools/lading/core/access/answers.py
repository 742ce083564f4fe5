"""What a source's answer means to the user: which error, which words, which remedy."""

from __future__ import annotations

import re

from lading.core.access.asked import Answer, Question
from lading.core.access.refusals import explain
from lading.core.access.said import said
from lading.core.errors import SourceError

OK = 200
PARTIAL = 206
# Of a server that knows no ranges and says so, instead of sending the whole file.
NO_RANGE = frozenset({416, 501})
# Azure DevOps answers a wrong token with its sign-in page and this status, not with 401.
SIGN_IN_PAGE = 203
UNAUTHORIZED = 401
FORBIDDEN = 403
MISSING = frozenset({404, 410})

_SIGN_IN = re.compile(
    r"redirects to https://(?:login\.microsoftonline\.|[^ ,]*(?:/_signin|/users/sign_in|/login)\b)"
)
_UNDECLARED = 'The source is declared with credential = "none": declare what opens it.'


def refused(question: Question, answer: Answer) -> SourceError:
    """Return the error of an answer that is not what was asked for."""
    status = answer.status
    asked = f"{question.place}, asked for {question.subject}"
    meaning = explain(question, answer)
    if meaning is not None:
        return SourceError(
            f"{asked}, answered {status} to {question.origin or 'a request without credential'}: "
            f"{meaning.message} ({question.url}){said(answer)}",
            remedy=meaning.remedy,
        )
    if status in {UNAUTHORIZED, SIGN_IN_PAGE}:
        return SourceError(
            f"{asked}, did not accept {_credential(question)} ({status} from {question.url})"
            + said(answer),
            remedy=f"Renew it, or give another. {_right(question)}".rstrip(),
        )
    if status == FORBIDDEN:
        return SourceError(
            f"{asked}, refused: {_credential(question)} may not read it (403 from {question.url})"
            + said(answer),
            remedy=_right(question) or "Grant it the right to read there.",
        )
    if status in MISSING:
        return SourceError(
            f"{asked}, does not have it ({status} from {question.url}){said(answer)}",
            remedy="Check the name and the address. Many hosts also hide what a credential may "
            f"not see. {_right(question)}".rstrip(),
        )
    return SourceError(
        f"{asked}, failed with status {status} ({question.url}){said(answer)}",
        remedy="Try again later; if it stays, ask the people who run it. Nothing was taken from "
        "another place instead.",
    )


def is_failure(question: Question, answer: Answer) -> bool:
    """Say whether an answer without a page is about more than the name that was asked for.

    A feed that does not exist, or hides itself, has no package at all: that is no news of one.
    """
    meaning = explain(question, answer)
    return meaning is not None and meaning.is_certain


def missing_package(question: Question, why: str) -> SourceError:
    """Return the error of a private name that its source does not have."""
    return SourceError(
        f"{question.place} has no package {question.subject} ({why} from {question.url})",
        remedy="A name declared for a source is never taken from elsewhere: check `packages` of "
        "the source, or publish it there.",
    )


def unreachable(question: Question, url: str, reason: str) -> SourceError:
    """Return the error of a source that gave no whole answer."""
    return SourceError(
        f"{question.place}, asked for {question.subject}, gave no answer: {url}: {reason}",
        remedy="Check the address, the network, the proxy (HTTPS_PROXY, NO_PROXY) and, for a "
        "certificate, SSL_CERT_FILE or the source's ca-bundle. Nothing was taken from another "
        "place instead.",
    )


def led_astray(question: Question, url: str, reason: str) -> SourceError:
    """Return the error of a source that pointed to where nothing may be taken from."""
    if _SIGN_IN.search(reason):
        # What some hosts say to a program in place of 401, Azure DevOps and GitLab among them.
        meaning = explain(question, Answer(status=UNAUTHORIZED))
        return SourceError(
            f"{question.place}, asked for {question.subject}, answers "
            f"{question.origin or 'a request without credential'} with its sign-in page, so it "
            f"does not accept it ({url} {reason})",
            remedy=meaning.remedy if meaning else "Renew it, or give another.",
        )
    return SourceError(
        f"{question.place}, asked for {question.subject}, is not followed: {url} {reason}",
        remedy="Ask the people who run it for the https address that answers itself, and declare "
        "that one (or a wider `scope`, if the place is theirs).",
    )


def not_an_index(question: Question, why: str) -> SourceError:
    """Return the error of an answer that is no page of an index, often a sign-in page."""
    return SourceError(
        f"{question.place}, asked for {question.subject}: {why} ({question.url})",
        remedy="Check that the address is the index's own (it usually ends in /simple/), and "
        "that the credential opens it.",
    )


def _credential(question: Question) -> str:
    if question.credential is None or question.credential.kind == "none":
        return "a request without credential"
    if question.origin:
        return f'{question.origin} (credential = "{question.credential}")'
    return f'the credential ("{question.credential}")'


def _right(question: Question) -> str:
    kind = question.credential.kind if question.credential else ""
    return _UNDECLARED if kind == "none" else ""
