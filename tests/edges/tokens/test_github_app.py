"""A GitHub App's tokens: each reads one repository, is renewed in time, or is explained."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from lading.core.access.issued import Issued
from lading.core.access.scope import Grant
from lading.core.config import CredentialSpec, GitSource, IndexSource, Source
from lading.core.errors import CredentialError
from lading.core.secret import Secret
from lading.core.urls import parse_url
from lading.edges.http import Http, Request
from lading.edges.tokens import issue_credential
from lading.edges.tokens.github_app import interface_of
from lading.edges.tokens.surroundings import Surroundings
from lading.edges.tokens.wallet import Wallet
from local_sources import GitCommit, Host, LocalSources
from local_sources.github import App, GitHub, create_app
from tests.tls import serve

TOKEN = "ghp_of-somebody"


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        """Return seconds since the epoch."""
        return self.now


@pytest.fixture(scope="module")
def app() -> App:
    return create_app()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def github(app: App, clock: Clock, tmp_path: Path, ambient: dict[str, str]) -> GitHub:
    github = GitHub(tmp_path / "git", app, ambient=ambient, clock=clock)
    github.installed |= {"acme/tax", "acme/rates"}
    return github


@pytest.fixture
def host(github: GitHub, sources: LocalSources) -> Iterator[Host]:
    with serve(github, sources, tokens=github.tokens) as host:
        yield host


@pytest.fixture
def source(host: Host) -> Source:
    return GitSource(
        name="acme-git", url=f"{host.origin}/acme/", credential=CredentialSpec(kind="github")
    )


@pytest.fixture
def kept() -> list[Secret]:
    return []


@pytest.fixture
def surroundings(
    sources: LocalSources, ambient: dict[str, str], app: App, clock: Clock, kept: list[Secret]
) -> Surroundings:
    ambient = sources.environment(ambient)
    ambient |= {"GITHUB_APP_ID": app.number, "GITHUB_APP_PRIVATE_KEY": app.private_key}
    http = Http(ambient, sleep=lambda _: None)
    return Surroundings(ambient=ambient, http=http, keep=kept.append, now=clock)


def with_variables(surroundings: Surroundings, **variables: str) -> Surroundings:
    return Surroundings(
        ambient={**surroundings.ambient, **variables},
        http=surroundings.http,
        keep=surroundings.keep,
        now=surroundings.now,
    )


def refusal(source: Source, surroundings: Surroundings) -> CredentialError:
    with pytest.raises(CredentialError) as caught:
        issue_credential(source, f"{source.url}tax", surroundings=surroundings)
    assert caught.value.exit_code == 3
    assert "source acme-git" in caught.value.message
    assert "PRIVATE KEY-" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("spelling", ["tax", "tax.git", "tax/info/refs", "tax.git/info/refs"])
def test_a_token_reads_one_repository_in_both_of_its_spellings(
    source: Source, surroundings: Surroundings, github: GitHub, clock: Clock, spelling: str
) -> None:
    issued = issue_credential(source, source.url + spelling, surroundings=surroundings)
    assert issued is not None
    assert [(given.repository, given.permissions) for given in github.given] == [
        ("acme/tax", {"contents": "read"})
    ]
    assert issued.credential.username == "x-access-token"
    assert issued.origin == "the GitHub App 4711, for acme/tax"
    assert issued.expires == clock.now + 3600
    for covered in ("tax", "tax.git", "tax/info/refs", "tax.git/git-upload-pack"):
        assert issued.opens(source.url + covered), covered
    for other in ("taxes", "taxes.git", "tax.github", "rates", "", "tax/../rates"):
        assert not issued.opens(source.url + other), other


def test_each_repository_has_its_own_token_and_the_app_comes_first(
    source: Source, surroundings: Surroundings, github: GitHub
) -> None:
    wallet = Wallet(with_variables(surroundings, GH_TOKEN=TOKEN))
    urls = [f"{source.url}{name}" for name in ("tax", "rates", "tax.git", "rates/info/refs")]
    tokens = [wallet.issued_for(source, url) for url in urls]
    assert tokens[0] == tokens[2] != tokens[1] == tokens[3]
    assert [given.repository for given in github.given] == ["acme/tax", "acme/rates"]


def test_a_token_is_renewed_before_it_expires(
    source: Source, surroundings: Surroundings, github: GitHub, clock: Clock
) -> None:
    wallet = Wallet(surroundings)
    first = wallet.issued_for(source, f"{source.url}tax")
    clock.now += 3000
    assert wallet.issued_for(source, f"{source.url}tax") == first
    clock.now += 400
    assert wallet.issued_for(source, f"{source.url}tax") != first
    assert len(github.given) == 2


def test_the_host_takes_each_token_to_its_end_and_for_its_repository(
    source: Source, surroundings: Surroundings, github: GitHub, clock: Clock
) -> None:
    for name in ("acme/tax", "acme/rates"):
        github.add_repository(name, GitCommit(files={"README.md": "x"}))
    wallet = Wallet(surroundings)

    def read(name: str, issued: Issued | None) -> int:
        assert issued is not None
        url = f"{source.url}{name}/info/refs?service=git-upload-pack"
        grant = Grant(credential=issued.credential, scope=f"{source.url}{name}/")
        with surroundings.http.open(Request(url=url, grant=grant)) as response:
            return response.status

    first = wallet.issued_for(source, f"{source.url}tax")
    assert [read("tax", first), read("tax.git", first), read("rates", first)] == [200, 200, 404]
    clock.now += 3599
    assert read("tax", first) == 200
    clock.now += 1
    assert read("tax", first) == 404
    assert read("tax", wallet.issued_for(source, f"{source.url}tax")) == 200


def test_a_repository_without_the_app_is_no_failure_of_the_others(
    source: Source, surroundings: Surroundings, host: Host, sources: LocalSources
) -> None:
    wallet = Wallet(surroundings)
    for _ in range(2):
        with pytest.raises(CredentialError, match="not installed on acme/secret"):
            wallet.issued_for(source, f"{source.url}secret")
    assert len(sources.log(host=host.name)) == 1
    assert wallet.issued_for(source, f"{source.url}tax") is not None


def test_key_proof_and_token_are_kept_as_secrets_before_they_are_used(
    source: Source, surroundings: Surroundings, github: GitHub, kept: list[Secret], app: App
) -> None:
    issue_credential(source, f"{source.url}tax", surroundings=surroundings)
    texts = [secret.reveal() for secret in kept]
    assert texts[0] == app.private_key.strip()
    assert sum(text.count(".") == 2 for text in texts) == 2, "the proof, once for each request"
    assert texts[-1] == next(iter(github.tokens))


@pytest.mark.parametrize("form", ["as it is", "literal", "windows", "base64", "one line", "file"])
def test_the_key_is_read_in_every_form_in_which_ci_systems_keep_it(
    source: Source, surroundings: Surroundings, app: App, tmp_path: Path, form: str
) -> None:
    key = app.private_key
    path = tmp_path / "app.pem"
    path.write_text(key)
    variables = {
        "as it is": {"GITHUB_APP_PRIVATE_KEY": f"\n{key}\n"},
        "literal": {"GITHUB_APP_PRIVATE_KEY": key.replace("\n", "\\n")},
        "windows": {"GITHUB_APP_PRIVATE_KEY": key.replace("\n", "\r\n")},
        "base64": {"GITHUB_APP_PRIVATE_KEY": base64.encodebytes(key.encode()).decode()},
        "one line": {"GITHUB_APP_PRIVATE_KEY": key.replace("\n", " ")},
        "file": {"GITHUB_APP_PRIVATE_KEY": "", "GITHUB_APP_PRIVATE_KEY_FILE": str(path)},
    }
    told = with_variables(surroundings, **variables[form])
    assert issue_credential(source, f"{source.url}tax", surroundings=told) is not None


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"GITHUB_APP_PRIVATE_KEY": "s3cret"}, "holds no private key"),
        ({"GITHUB_APP_PRIVATE_KEY": "-----BEGIN OPENSSH PRIVATE KEY-----\nAA=="}, "holds no priv"),
        (
            {
                "GITHUB_APP_PRIVATE_KEY": "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n"
                "-----END RSA PRIVATE KEY-----"
            },
            "cannot sign",
        ),
        ({"GITHUB_APP_PRIVATE_KEY": ""}, "neither GITHUB_APP_PRIVATE_KEY nor"),
        (
            {"GITHUB_APP_PRIVATE_KEY": "", "GITHUB_APP_PRIVATE_KEY_FILE": "/no/such.pem"},
            "/no/such.pem that GITHUB_APP_PRIVATE_KEY_FILE names cannot be read: No such file",
        ),
        ({"GITHUB_APP_ID": ""}, "GITHUB_APP_ID is not set"),
        ({"GITHUB_APP_ID": "my app"}, "GITHUB_APP_ID is not an App's id"),
    ],
)
def test_a_key_or_an_id_that_is_none_is_named_and_not_shown(
    source: Source, surroundings: Surroundings, variables: dict[str, str], told: str
) -> None:
    error = refusal(source, with_variables(surroundings, GH_TOKEN=TOKEN, **variables))
    assert told in error.message
    assert "s3cret" not in str(error)
    assert "GITHUB_APP" in error.remedy


def test_a_key_of_another_app_is_told(source: Source, surroundings: Surroundings) -> None:
    other = create_app().private_key
    error = refusal(source, with_variables(surroundings, GITHUB_APP_PRIVATE_KEY=other))
    assert "does not know the GitHub App 4711, or the private key" in error.message
    assert 'it said "A JSON web token could not be decoded"' in error.message


@pytest.mark.parametrize("minutes", [-30, 30])
def test_a_clock_that_is_wrong_is_told(
    source: Source, surroundings: Surroundings, clock: Clock, minutes: int
) -> None:
    wrong = clock.now + minutes * 60
    told = Surroundings(
        ambient=surroundings.ambient,
        http=surroundings.http,
        keep=surroundings.keep,
        now=lambda: wrong,
    )
    error = refusal(source, told)
    assert "GitHub's clock and this machine's differ" in error.message
    assert "NTP" in error.remedy


def test_what_the_installation_lacks_is_told_with_what_to_grant(
    source: Source, surroundings: Surroundings, github: GitHub
) -> None:
    github.permissions = {"metadata": "read"}
    assert "Contents: Read-only" in refusal(source, surroundings).remedy
    github.suspended = True
    assert "Unsuspend" in refusal(source, surroundings).remedy
    github.installed.clear()
    error = refusal(source, surroundings)
    assert "not installed on acme/tax" in error.message
    assert "Repository access: add acme/tax" in error.remedy


@pytest.mark.parametrize(
    ("status", "headers", "remedy"),
    [
        ("403 Forbidden", [("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "60")], "00:01"),
        ("429 Too Many Requests", [("Retry-After", "7")], "Wait 7 seconds."),
        ("503 Service Unavailable", [], "status page"),
    ],
)
def test_a_limit_and_a_failure_say_when_to_come_again(
    sources: LocalSources,
    surroundings: Surroundings,
    source: Source,
    status: str,
    headers: list[tuple[str, str]],
    remedy: str,
) -> None:
    def busy(_environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        start(status, [*headers, ("Content-Length", "0")])
        return []

    with serve(busy, sources) as host:
        elsewhere = GitSource(
            name="acme-git", url=f"{host.origin}/acme/", credential=source.credential
        )
        assert remedy in refusal(elsewhere, surroundings).remedy


@pytest.mark.parametrize(
    "url", ["{0}", "{0}tax/../../other/tax", "https://evil.test/acme/tax", "{0}tax\\x", "{0}..;/x"]
)
def test_no_token_is_asked_for_what_is_no_repository_of_the_source(
    source: Source, surroundings: Surroundings, sources: LocalSources, url: str
) -> None:
    with pytest.raises(CredentialError, match="source acme-git"):
        issue_credential(source, url.format(source.url), surroundings=surroundings)
    assert sources.log() == ()


def test_an_index_is_opened_with_a_token_alone(
    surroundings: Surroundings, source: Source, github: GitHub
) -> None:
    index = IndexSource(
        name="acme",
        url=f"{source.url}simple/",
        packages=("acme-*",),
        credential=CredentialSpec(kind="github"),
        scope=source.url,
    )
    told = with_variables(surroundings, GITHUB_TOKEN=TOKEN)
    issued = issue_credential(index, index.url, surroundings=told)
    assert issued is not None
    assert issued.credential.password == Secret(TOKEN)
    with pytest.raises(CredentialError, match="GITHUB_TOKEN") as caught:
        issue_credential(index, index.url, surroundings=surroundings)
    assert "an App opens Git repositories" in caught.value.remedy
    assert github.given == ()


@pytest.mark.parametrize(
    ("url", "interface"),
    [
        ("https://github.com/acme/tax", "https://api.github.com"),
        ("https://acme.ghe.com/acme/tax", "https://api.acme.ghe.com"),
        ("https://github.acme.test:8443/acme/tax", "https://github.acme.test:8443/api/v3"),
        ("https://notghe.com/acme/tax", "https://notghe.com/api/v3"),
    ],
)
def test_each_kind_of_host_has_its_interface(url: str, interface: str) -> None:
    assert interface_of(parse_url(url)) == interface
