"""Sends a request to a source with its one credential, and tells failures in the source's name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock

from lading.core.access import answers
from lading.core.access.asked import Answer, Question
from lading.core.access.homes import Home
from lading.core.access.issued import Issued
from lading.core.access.scope import Grant
from lading.core.config import DEFAULT_INDEX, DefaultIndex, Project, Source
from lading.core.errors import SourceError
from lading.core.secret import Secret, redact
from lading.core.urls import UrlError, parse_url
from lading.edges.access.log import AccessLog
from lading.edges.http import Hop, Http, LeftScopeError, Request, Response, TransferError
from lading.edges.terminal import Progress
from lading.edges.tokens.known_secrets import KnownSecrets
from lading.edges.tokens.surroundings import Surroundings
from lading.edges.tokens.wallet import Wallet

_WORDS_OF_REFUSAL = 16 * 1024  # bytes


class SourceClient:
    """Asks sources, each with its own credential and no other. Used from many threads at once."""

    def __init__(
        self,
        project: Project,
        *,
        default_index: DefaultIndex,
        http: Http,
        ambient: Mapping[str, str],
        progress: Progress,
        remember: Callable[[Secret], None],
    ) -> None:
        self.log = AccessLog(progress)
        self._default_index = default_index
        self._http = http
        self._progress = progress
        self._known = KnownSecrets(remember)
        surroundings = Surroundings(
            ambient=ambient,
            http=http,
            keep=self._known.keep,
            identity=project.identity,
            cloud_name=project.cloud,
        )
        self._wallet = Wallet(surroundings, tell=self._tell_issued)
        self._lock = Lock()
        self._told: set[str] = set()
        for secret in http.secrets:
            self._known.keep(secret)
        if default_index.credential is not None:
            self._known.keep(default_index.credential.password)

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Return every secret that was used so far."""
        return self._known.secrets

    def issued_for(self, source: Source, url: str) -> Issued | None:
        """Return what opens a URL of a source, None where nothing is needed; CredentialError."""
        return self._wallet.issued_for(source, url)

    @contextmanager
    def open(self, home: Home, subject: str, request: Request) -> Iterator[Response]:
        """Send a request whose only good answer is 200."""
        with self.ask(home, subject, request) as (question, response):
            self.check_ok(question, response)
            yield response

    @contextmanager
    def ask(
        self, home: Home, subject: str, request: Request
    ) -> Iterator[tuple[Question, Response]]:
        """Send a request with the home's credential, and tell its failures in the home's name."""
        issued = self._issued(home, request.url)
        question = ask_about(home, subject, request.url, issued)
        grant = None if issued is None else _grant(home, request.url, issued)
        full = replace(request, grant=grant, ca_bundle=home.ca_bundle)

        def record(hop: Hop) -> None:
            self.log.answered(home, subject, hop)

        try:
            with self._http.open(full, record=record) as response:
                yield question, response
        except LeftScopeError as error:
            # Without the cause: its text is ours, its context may be a library's with a query.
            raise self.log.refused(answers.led_astray(question, error.url, error.reason)) from None
        except TransferError as error:
            raise self.log.refused(answers.unreachable(question, error.url, error.reason)) from None
        except SourceError as error:
            raise self.log.refused(error) from None

    def check_ok(self, question: Question, response: Response) -> None:
        """Raise the SourceError that an answer means; 200 means none."""
        if response.status != answers.OK:
            raise answers.refused(question, self.answer(response))

    def answer(self, response: Response) -> Answer:
        """Return what a refusal says; where it cannot be read, its status alone.

        A server may repeat in it what it was shown.
        """
        try:
            body = response.read_beginning(_WORDS_OF_REFUSAL)
        except TransferError:
            body = b""
        secrets = self.secrets
        return Answer(
            status=response.status,
            headers={
                name.lower(): redact(value, secrets) for name, value in response.headers.items()
            },
            body=redact(body.decode("utf-8", "replace"), secrets),
            reason=redact(response.reason, secrets),
        )

    def _issued(self, home: Home, url: str) -> Issued | None:
        if home.source is not None:
            return self._wallet.issued_for(home.source, url)
        index = self._default_index
        if home.name != DEFAULT_INDEX or index.credential is None:
            return None
        return Issued(credential=index.credential, origin=f"the index URL of {index.origin}")

    def _tell_issued(self, source: Source, issued: Issued) -> None:
        because = f", because {issued.reason}" if issued.reason else ""
        told = f"{issued.origin}{because}"
        with self._lock:
            is_new = told not in self._told
            self._told.add(told)
        # A choice that nobody made is worth one line, however many sources it opens and however
        # often it is renewed; what a variable says is what was configured.
        tell = self._progress.note if issued.reason and is_new else self._progress.detail
        tell(f"{source.name}: opened with {told}")


def ask_about(home: Home, subject: str, url: str, issued: Issued | None = None) -> Question:
    """Return what is asked, as messages tell it."""
    try:
        shown = str(parse_url(url))
    except UrlError:
        shown = "a URL that cannot be read"
    return Question(
        place=home.place,
        subject=subject,
        url=shown,
        credential=home.credential,
        origin=issued.origin if issued else "",
    )


def _grant(home: Home, url: str, issued: Issued) -> Grant:
    return Grant(credential=issued.credential, scope=issued.scope_of(url) or home.scope)
