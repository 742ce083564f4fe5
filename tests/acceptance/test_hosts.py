"""Builds from hosts of each shape, with credentials that are issued, and what a refusal tells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIEnvironment

import jwt
import pytest

from lading.core.secret import encodings
from local_sources import GitCommit, Host, LocalSources
from local_sources.github import App, GitHub, create_app
from local_sources.indexes import SimpleIndex
from local_sources.jfrog import EXCHANGE, JFrog
from local_sources.refusals import REFUSALS
from tests.small_project import small_project
from tests.support import make_project
from tests.tls import serve
from tests.user import Said, User, modules

TOKEN = "ghp_0f-somebody-else"


@pytest.fixture(scope="module")
def app() -> App:
    return create_app()


@pytest.fixture
def github(app: App, tmp_path: Path, ambient: dict[str, str]) -> GitHub:
    github = GitHub(tmp_path / "git", app, ambient=ambient)
    for name in ("acme-tax", "acme-rates"):
        commit = GitCommit(files=small_project(name, "1.0"), tags=("v1.0",))
        github.add_repository(f"acme/{name}", commit)
    return github


@pytest.fixture
def host(github: GitHub, sources: LocalSources) -> Iterator[Host]:
    sources.passes_on = False
    with serve(github, sources, tokens=github.tokens) as host:
        yield host


def declare(host: Host, kind: str) -> str:
    return f'[tool.lading.sources.team]\ngit = "{host.origin}/acme/"\ncredential = "{kind}"\n'


def app_variables(app: App) -> dict[str, str]:
    one_line = app.private_key.replace("\n", "\\n")
    return {"GITHUB_APP_ID": app.number, "GITHUB_APP_PRIVATE_KEY": one_line}


def is_refused_once(said: Said, variable: str, told: str, remedy: str) -> None:
    """Expect what a host's refusal means, of which credential, and the right to grant."""
    assert said.code == 4, said.text
    assert said.text.count(told) == 1, said.text
    assert f"to the variable {variable}" in said.stderr
    assert remedy in said.stderr
    assert TOKEN not in said.text


def test_an_app_opens_each_repository_with_a_token_of_its_own(
    user: User, host: Host, github: GitHub, app: App, sources: LocalSources, tmp_path: Path
) -> None:
    lines = [
        f"acme-tax @ git+{host.origin}/acme/acme-tax.git@v1.0",
        f"acme-rates @ git+{host.origin}/acme/acme-rates@v1.0",
    ]
    project = make_project(
        tmp_path / "p", requirements=lines, configuration=declare(host, "github")
    )
    said = user.builds(project, "--verbose", **app_variables(app))
    assert set(modules(project)) == {"acme_tax", "acme_rates"}
    assert sorted(given.repository for given in github.given) == [
        "acme/acme-rates",
        "acme/acme-tax",
    ]
    assert {str(given.permissions) for given in github.given} == {"{'contents': 'read'}"}
    shown = {
        (request.credential, re.sub(r"(\.git)?/(info/refs|git-upload-pack)$", "", request.path))
        for request in sources.log(host=host.name)
        if not request.path.startswith("/api/")
    }
    assert shown == {(f"app:acme/{name}", f"/acme/{name}") for name in ("acme-tax", "acme-rates")}
    written = b"".join(path.read_bytes() for path in (project / "dist").iterdir())
    for secret in (*github.tokens, app.private_key.splitlines()[3]):
        for form in encodings(secret):
            assert form not in said.text
            assert form.encode() not in written


def test_a_repository_without_the_app_is_told_once_with_what_to_do(
    user: User, host: Host, github: GitHub, app: App, tmp_path: Path
) -> None:
    github.installed.discard("acme/acme-rates")
    line = f"acme-rates @ git+{host.origin}/acme/acme-rates@v1.0"
    project = make_project(
        tmp_path / "p", requirements=[line], configuration=declare(host, "github")
    )
    said = user.types(project, "build", GH_TOKEN=TOKEN, **app_variables(app))
    assert said.code == 3, said.text
    assert said.text.count("is not installed on acme/acme-rates") == 1
    assert "Repository access: add acme/acme-rates" in said.stderr


class Issuer:
    """The OIDC endpoint of a CI system, whose proofs are signed; it remembers who asked."""

    def __init__(self, app: App) -> None:
        self._app = app
        self.asked: list[str] = []

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer (WSGI)."""
        self.asked.append(environ.get("HTTP_AUTHORIZATION", ""))
        audience = parse_qs(environ["QUERY_STRING"])["audience"][0]
        claims = {"aud": audience, "sub": "repo:acme/orders:ref:refs/heads/main"}
        proof = jwt.encode(claims, self._app.private_key, algorithm="RS256")
        body = f'{{"value": "{proof}"}}'.encode()
        start("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    def verify(self, proof: str) -> Mapping[str, object]:
        """Return what a proof says, if it is one of these."""
        try:
            claims: dict[str, object] = jwt.decode(
                proof, self._app.public_key, algorithms=["RS256"], audience="jfrog"
            )
        except jwt.InvalidTokenError as error:
            raise ValueError(str(error)) from None
        return claims


def test_a_job_s_proof_opens_artifactory(
    user: User, app: App, sources: LocalSources, tmp_path: Path
) -> None:
    sources.passes_on = False
    issuer = Issuer(app)
    jfrog = JFrog(
        SimpleIndex(sources.private_packages), provider="acme-github", verify=issuer.verify
    )
    jfrog.mapping = {"sub": "repo:acme/orders:ref:refs/heads/main"}
    with serve(issuer, sources) as ci, serve(jfrog, sources, tokens=jfrog.tokens) as host:
        declared = (
            f'[tool.lading.sources.frog]\nindex = "{host.origin}{jfrog.index_path}"\n'
            'packages = ["acme-*"]\ncredential = "artifactory:acme-github:jfrog"\n'
        )
        project = make_project(tmp_path / "p", requirements=["acme-core"], configuration=declared)
        variables = {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{ci.origin}/token?v=1",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "bearer-of-the-job",
        }
        said = user.builds(project, "--verbose", **variables)
    assert "the OIDC token of this job" in said.stderr
    assert issuer.asked == ["Bearer bearer-of-the-job"]
    exchanges = [request for request in sources.log() if request.path == EXCHANGE]
    assert [(request.credential, request.status) for request in exchanges] == [("nothing", 200)]
    files = sources.log(credential="jfrog")
    assert files
    assert all(request.path.startswith("/artifactory/api/pypi/internal/") for request in files)
    for secret in (*jfrog.tokens, "bearer-of-the-job"):
        assert not any(form in said.text for form in encodings(secret))


@pytest.mark.parametrize(
    ("refusal", "kind", "variable", "told", "remedy"),
    [
        (
            "azure-pat-expired",
            "azure-devops",
            "AZURE_DEVOPS_EXT_PAT",
            "it has expired",
            "Packaging",
        ),
        ("azure-no-reader", "azure-devops", "SYSTEM_ACCESSTOKEN", "may not read", "Feed Reader"),
        ("azure-no-feed", "azure-devops", "SYSTEM_ACCESSTOKEN", "there is no feed", "PROJECT"),
        ("azure-sign-in", "azure-devops", "AZURE_DEVOPS_EXT_PAT", "sign-in page", "Create a new"),
        ("jfrog-expired", "artifactory", "ARTIFACTORY_TOKEN", "it has expired", "identity token"),
    ],
)
def test_a_refusal_of_an_index_is_told_once_with_the_right_to_grant(
    user: User,
    sources: LocalSources,
    tmp_path: Path,
    *,
    refusal: str,
    kind: str,
    variable: str,
    told: str,
    remedy: str,
) -> None:
    with serve(REFUSALS[refusal], sources) as host:
        declared = (
            f'[tool.lading.sources.team]\nindex = "{host.origin}/acme/_packaging/internal/pypi/'
            f'simple/"\npackages = ["acme-*"]\ncredential = "{kind}"\n'
        )
        project = make_project(
            tmp_path / "p", requirements=["acme-pricing"], configuration=declared
        )
        said = user.types(project, "build", **{variable: TOKEN})
    is_refused_once(said, variable, told, remedy)
    assert "<" not in said.stderr


@pytest.mark.parametrize(
    ("refusal", "kind", "variable", "told", "remedy"),
    [
        ("azure-no-repository", "azure-devops", "SYSTEM_ACCESSTOKEN", "TF401019", "`uses:`"),
        (
            "azure-pat-expired",
            "azure-devops",
            "AZURE_DEVOPS_EXT_PAT",
            "it has expired",
            "Code: Read",
        ),
        ("github-no-repository", "github", "GITHUB_TOKEN", "own repository alone", "GITHUB_APP_ID"),
        ("github-saml", "github", "GH_TOKEN", "single sign-on", "Configure SSO"),
    ],
)
def test_a_refusal_of_a_repository_is_told_once_with_the_right_to_grant(
    user: User,
    sources: LocalSources,
    tmp_path: Path,
    *,
    refusal: str,
    kind: str,
    variable: str,
    told: str,
    remedy: str,
) -> None:
    with serve(REFUSALS[refusal], sources) as host:
        line = f"acme-tax @ git+{host.origin}/acme/platform/_git/tax@v1.0"
        project = make_project(
            tmp_path / "p", requirements=[line], configuration=declare(host, kind)
        )
        said = user.types(project, "build", **{variable: TOKEN})
    is_refused_once(said, variable, told, remedy)
    assert "127.0.0.1" not in said.text
