"""What goes wrong on the way, in plain sentences that quote no query and no header."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from urllib3.exceptions import HTTPError, IncompleteRead, ProxyError, ReadTimeoutError

from lading.core.urls import Url
from lading.edges.http.patience import TooSlowError

TOO_SLOW = "the server takes too long for what it sends (time limit)"


class TransferError(Exception):
    """A request that got no whole answer. `url` has no query; `reason` is a plain sentence."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url}: {reason}")
        self.url = url
        self.reason = reason


class LeftScopeError(TransferError):
    """A server sent us to where the request may not go."""


class ConnectionFailedError(TransferError):
    """No connection came about, or it was closed before an answer: worth another try."""


@contextmanager
def told(url: Url) -> Iterator[None]:
    """Turn urllib3's errors into sentences.

    They are not kept as a cause: their texts and arguments hold whole URLs, queries too.
    """
    try:
        yield
    except TooSlowError:
        raise TransferError(str(url), TOO_SLOW) from None
    except ReadTimeoutError:
        raise TransferError(str(url), "the server fell silent (time limit)") from None
    except IncompleteRead as error:
        raise TransferError(str(url), _truncation(error)) from None
    except (HTTPError, OSError, ValueError) as error:
        cause = _innermost(error)
        is_final = isinstance(cause, ssl.SSLCertVerificationError)
        kind = TransferError if is_final else ConnectionFailedError
        via = "through the proxy: " if isinstance(error, ProxyError) else ""
        raise kind(str(url), via + _reason(cause)) from None


def _truncation(error: IncompleteRead) -> str:
    missing = f", {error.expected} bytes are missing" if error.expected else ""
    return f"the answer ended early{missing}"


def _innermost(error: BaseException) -> BaseException:
    """Return the cause of all: the operating system's or the TLS library's own error."""
    inner = error.__cause__ or next(
        (argument for argument in error.args if isinstance(argument, Exception)), None
    )
    return error if inner is None else _innermost(inner)


def _reason(cause: BaseException) -> str:
    match cause:
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted: {cause.verify_message}"
        case IncompleteRead():
            return _truncation(cause)
        case ssl.SSLEOFError() | ConnectionResetError():
            return "the connection was closed before an answer came"
        case OSError(strerror=str(words)):
            return words
        case TimeoutError():
            return "no connection within the time limit"
        case _:
            return f"the connection failed ({type(cause).__name__})"
