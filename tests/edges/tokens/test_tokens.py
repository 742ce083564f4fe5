"""Each kind of credential is found where its users have it, and its absence says what to do."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from lading.core.access.issued import Issued
from lading.core.config import CredentialKind, CredentialSpec, GitSource, IndexSource, Source
from lading.core.errors import CredentialError
from lading.core.secret import Credential, Secret
from lading.edges.http import Http
from lading.edges.tokens import issue_credential
from lading.edges.tokens.known_secrets import KnownSecrets
from lading.edges.tokens.surroundings import Surroundings
from lading.edges.tokens.variables import credential_variables
from lading.edges.tokens.wallet import Wallet

TOKEN = "t0ken~with+/="
Install = Callable[[str, str], None]


def source(kind: CredentialKind, *arguments: str, environment: tuple[str, ...] = ()) -> Source:
    return GitSource(
        name="acme",
        url="https://git.acme.test:8443/team/",
        credential=CredentialSpec(kind=kind, arguments=arguments),
        environment=environment,
    )


def surroundings(
    ambient: Mapping[str, str], *, known: KnownSecrets | None = None, now: float = 0.0
) -> Surroundings:
    known = known or KnownSecrets(lambda _: None)
    return Surroundings(ambient=ambient, http=Http({}), keep=known.keep, now=lambda: now)


def issue(declared: Source, ambient: Mapping[str, str]) -> Credential | None:
    issued = issue_credential(declared, declared.url, surroundings=surroundings(ambient))
    return issued.credential if issued else None


def issued(declared: Source, ambient: Mapping[str, str], *, now: float = 0.0) -> Issued:
    found = issue_credential(declared, declared.url, surroundings=surroundings(ambient, now=now))
    assert found is not None
    return found


def basic(username: str, password: str = TOKEN) -> Credential:
    return Credential(username=username, password=Secret(password))


@pytest.fixture
def install(ambient: dict[str, str], tmp_path: Path) -> Install:
    """Put a Python program on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    ambient["PATH"] = f"{folder}:{ambient['PATH']}"

    def write(name: str, code: str) -> None:
        path = folder / name
        path.write_text(f"#!{sys.executable}\nimport json, os, sys\n{code}\n")
        path.chmod(0o755)

    return write


@pytest.mark.parametrize(
    ("kind", "variables", "expected"),
    [
        ("azure-devops", {"SYSTEM_ACCESSTOKEN": TOKEN}, basic("build")),
        ("azure-devops", {"AZURE_DEVOPS_EXT_PAT": TOKEN}, basic("build")),
        (
            "azure-devops",
            {"SYSTEM_ACCESSTOKEN": TOKEN, "AZURE_DEVOPS_EXT_PAT": "x"},
            basic("build"),
        ),
        ("azure-devops", {"SYSTEM_ACCESSTOKEN": "", "AZURE_DEVOPS_EXT_PAT": TOKEN}, basic("build")),
        ("github", {"GH_TOKEN": TOKEN, "GITHUB_TOKEN": "x"}, basic("x-access-token")),
        ("github", {"GITHUB_TOKEN": f"{TOKEN}\n"}, basic("x-access-token")),
        ("gitlab", {"CI_JOB_TOKEN": TOKEN, "GITLAB_TOKEN": "x"}, basic("gitlab-ci-token")),
        ("gitlab", {"GITLAB_TOKEN": TOKEN}, basic("__token__")),
        ("gitlab", {"GITLAB_TOKEN": TOKEN, "GITLAB_USER": "deploy-1"}, basic("deploy-1")),
        (
            "bitbucket",
            {"BITBUCKET_TOKEN": TOKEN},
            Credential(username="", password=Secret(TOKEN), scheme="Bearer"),
        ),
        ("bitbucket", {"BITBUCKET_TOKEN": TOKEN, "BITBUCKET_USER": "ci"}, basic("ci")),
        ("artifactory", {"ARTIFACTORY_TOKEN": TOKEN, "ARTIFACTORY_USER": "ci"}, basic("ci")),
        (
            "artifactory",
            {"ARTIFACTORY_TOKEN": TOKEN},
            Credential(username="", password=Secret(TOKEN), scheme="Bearer"),
        ),
        ("none", {"SYSTEM_ACCESSTOKEN": TOKEN}, None),
    ],
)
def test_the_first_token_present_is_used(
    kind: CredentialKind, variables: dict[str, str], expected: Credential | None
) -> None:
    assert issue(source(kind), variables) == expected


@pytest.mark.parametrize(
    ("token", "username"),
    [("ATCTT3x", "x-token-auth"), ("ATATT3x", "x-bitbucket-api-token-auth"), ("x", "x-token-auth")],
)
def test_bitbucket_in_the_cloud_has_a_user_name_for_each_kind_of_token(
    token: str, username: str
) -> None:
    cloud = replace(source("bitbucket"), url="https://bitbucket.org/acme/")
    assert issue(cloud, {"BITBUCKET_TOKEN": token}) == basic(username, token)


def test_variables_give_user_and_password() -> None:
    ambient = {"ACME_USER": "reader", "ACME_TOKEN": TOKEN}
    both = issue(source("env", "ACME_USER", "ACME_TOKEN"), ambient)
    alone = issue(source("env", "ACME_TOKEN"), ambient)
    assert (both, alone) == (basic("reader"), basic("token"))


@pytest.mark.parametrize(
    ("kind", "arguments", "named"),
    [
        ("azure-devops", (), ["SYSTEM_ACCESSTOKEN", "AZURE_DEVOPS_EXT_PAT"]),
        ("github", (), ["GH_TOKEN", "GITHUB_TOKEN"]),
        ("gitlab", (), ["CI_JOB_TOKEN", "GITLAB_TOKEN"]),
        ("bitbucket", (), ["BITBUCKET_TOKEN"]),
        ("artifactory", (), ["ARTIFACTORY_TOKEN"]),
        ("env", ("ACME_USER", "ACME_TOKEN"), ["ACME_USER", "ACME_TOKEN"]),
    ],
)
def test_without_any_the_error_names_every_variable(
    kind: CredentialKind, arguments: tuple[str, ...], named: list[str]
) -> None:
    with pytest.raises(CredentialError) as caught:
        issue(source(kind, *arguments), {})
    assert caught.value.exit_code == 3
    assert "source acme" in caught.value.message
    assert all(name in caught.value.message and name in caught.value.remedy for name in named)


@pytest.mark.parametrize("value", ["$(System.AccessToken)", "${{ github.token }}", "${TOKEN}"])
def test_a_macro_that_nobody_replaced_is_no_token(value: str) -> None:
    with pytest.raises(CredentialError, match="macro"):
        issue(source("azure-devops"), {"SYSTEM_ACCESSTOKEN": value})


def test_a_token_on_two_lines_is_refused_without_being_shown() -> None:
    with pytest.raises(CredentialError, match="line break") as caught:
        issue(source("github"), {"GH_TOKEN": "s3cret\r\nX-Evil: 1"})
    assert "s3cret" not in str(caught.value)


def test_a_user_name_with_a_colon_is_refused() -> None:
    with pytest.raises(CredentialError, match="colon"):
        issue(source("env", "U", "P"), {"U": "a:b", "P": TOKEN})


@pytest.mark.parametrize("where", ["NETRC", ".netrc", "_netrc"])
def test_netrc_gives_the_entry_of_the_host(ambient: dict[str, str], where: str) -> None:
    home = Path(ambient["HOME"])
    path = home / ("elsewhere" if where == "NETRC" else where)
    path.write_text(
        "machine evil.test login x password y\n"
        f"machine Git.Acme.Test login reader password {TOKEN}\n"
        "default login other password z\n"
    )
    named = {"NETRC": str(path)} if where == "NETRC" else {}
    assert issue(source("netrc"), ambient | named) == basic("reader")


@pytest.mark.parametrize(
    "text",
    [
        "machine acme.test login reader password p4ssword\n",
        "machine git.acme.test.evil login reader password p4ssword\n",
        "default login reader password p4ssword\n",
        "machine git.acme.test login reader p4ssword\n",
        "machine git.acme.test login reader\n",
        "",
    ],
)
def test_netrc_without_an_entry_for_the_host_says_which_lines_to_add(
    ambient: dict[str, str], text: str
) -> None:
    Path(ambient["HOME"], ".netrc").write_text(text)
    with pytest.raises(CredentialError) as caught:
        issue(source("netrc"), ambient)
    assert "p4ssword" not in str(caught.value)


def test_a_missing_netrc_is_named(ambient: dict[str, str]) -> None:
    with pytest.raises(CredentialError, match="there is no") as caught:
        issue(source("netrc"), ambient)
    assert "machine git.acme.test" in caught.value.remedy


def test_keyring_is_asked_as_pip_asks_it(ambient: dict[str, str], install: Install) -> None:
    install(
        "keyring",
        "assert sys.argv[1:] == ['--mode=creds', '--output=json', 'get',\n"
        "    'https://git.acme.test:8443/team/'], sys.argv\n"
        f"print(json.dumps({{'username': 'reader', 'password': {TOKEN!r}}}))",
    )
    assert issue(source("keyring"), ambient) == basic("reader")


def test_the_real_keyring_gives_what_its_back_end_holds(
    ambient: dict[str, str], tmp_path: Path
) -> None:
    # A back end in the user's own configuration: this machine has no desktop to keep a store.
    (tmp_path / "acme_store.py").write_text(
        "from keyring.backend import KeyringBackend\n"
        "from keyring.credentials import SimpleCredential\n"
        "class Store(KeyringBackend):\n"
        "    priority = 1\n"
        "    def get_password(self, service, username): return None\n"
        "    def set_password(self, service, username, password): raise NotImplementedError\n"
        "    def get_credential(self, service, username):\n"
        "        if service == 'https://git.acme.test:8443/team/':\n"
        f"            return SimpleCredential('reader', {TOKEN!r})\n"
    )
    settings = Path(ambient["XDG_CONFIG_HOME"], "python_keyring")
    settings.mkdir(parents=True)
    (settings / "keyringrc.cfg").write_text(
        f"[backend]\ndefault-keyring=acme_store.Store\nkeyring-path={tmp_path}\n"
    )
    ambient["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{ambient['PATH']}"
    assert issue(source("keyring"), ambient) == basic("reader")


def test_keyring_is_asked_for_the_host_when_it_has_nothing_for_the_url(
    ambient: dict[str, str], install: Install
) -> None:
    install(
        "keyring",
        "if sys.argv[-1] != 'git.acme.test:8443': sys.exit(1)\n"
        f"print(json.dumps({{'username': 'reader', 'password': {TOKEN!r}}}))",
    )
    assert issue(source("keyring"), ambient) == basic("reader")


def test_an_old_keyring_is_told_the_user(ambient: dict[str, str], install: Install) -> None:
    install(
        "keyring",
        "if '--mode=creds' in sys.argv: sys.exit('unrecognized arguments: --mode=creds')\n"
        "assert sys.argv[1:] == ['get',\n"
        "    'https://pkgs.dev.azure.com/acme/_packaging/x/pypi/simple/', 'VssSessionToken']\n"
        f"print({TOKEN!r})",
    )
    azure = IndexSource(
        name="acme",
        url="https://pkgs.dev.azure.com/acme/_packaging/x/pypi/simple/",
        packages=("acme-*",),
        credential=CredentialSpec(kind="keyring"),
        scope="https://pkgs.dev.azure.com/acme/",
    )
    assert issue(azure, ambient) == basic("VssSessionToken")


def test_an_empty_keyring_says_what_to_store(ambient: dict[str, str], install: Install) -> None:
    install("keyring", "sys.exit('No recommended backend was available')")
    with pytest.raises(CredentialError, match="No recommended backend") as caught:
        issue(source("keyring"), ambient)
    assert "keyring set https://git.acme.test:8443/team/" in caught.value.remedy


def test_no_keyring_at_all_is_named(ambient: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(CredentialError, match="keyring cannot be started"):
        issue(source("keyring"), ambient | {"PATH": str(tmp_path)})


def test_a_program_is_asked_as_git_asks_its_helpers(
    ambient: dict[str, str], install: Install
) -> None:
    install(
        "helper",
        "assert sys.stdin.read() == 'protocol=https\\nhost=git.acme.test:8443\\npath=team\\n\\n'\n"
        "assert sys.argv[1:] == ['--profile', 'a b', 'get']\n"
        f"print('protocol=https\\nusername=reader\\npassword={TOKEN}\\nquit=1')",
    )
    command = source("command", "helper", "--profile", "a b", "get")
    assert issue(command, ambient) == basic("reader")


def test_a_program_may_print_the_password_alone(ambient: dict[str, str], install: Install) -> None:
    install("vault", f"print({TOKEN!r})")
    assert issue(source("command", "vault"), ambient) == basic("token")


@pytest.mark.parametrize("answer", ["password=", "authtype=Bearer\\ncredential="])
def test_a_program_may_say_until_when_its_answer_is_good(
    ambient: dict[str, str], install: Install, answer: str
) -> None:
    install("helper", f"print('{answer}{TOKEN}\\npassword_expiry_utc=4102444800')")
    assert issued(source("command", "helper"), ambient).expires == 4102444800


def test_what_a_program_gives_after_its_end_is_not_used(
    ambient: dict[str, str], install: Install
) -> None:
    install("helper", f"print('password={TOKEN}\\npassword_expiry_utc=1700000000')")
    with pytest.raises(CredentialError, match="the program helper gives one that has expired"):
        issued(source("command", "helper"), ambient, now=1700000000.0)


@pytest.mark.parametrize("told", ["", "soon", "-1", "1e9", "9" * 400])
def test_an_end_that_is_no_time_is_not_believed(
    ambient: dict[str, str], install: Install, told: str
) -> None:
    install("helper", f"print('password={TOKEN}\\npassword_expiry_utc={told}')")
    assert issued(source("command", "helper"), ambient).expires is None


def test_in_github_actions_a_missing_credential_is_answered_with_what_works_there(
    ambient: dict[str, str],
) -> None:
    with pytest.raises(CredentialError) as caught:
        issue(source("azure-devops"), ambient | {"GITHUB_ACTIONS": "true"})
    assert "id-token: write" in caught.value.remedy
    assert "SYSTEM_ACCESSTOKEN" not in caught.value.remedy


def test_a_program_may_answer_with_a_bearer_token(
    ambient: dict[str, str], install: Install
) -> None:
    install("helper", f"print('authtype=Bearer\\ncredential={TOKEN}\\nephemeral=1')")
    assert issue(source("command", "helper"), ambient) == Credential(
        username="", password=Secret(TOKEN), scheme="Bearer"
    )


def test_a_program_gets_home_path_and_what_it_declares(
    ambient: dict[str, str], install: Install
) -> None:
    install("vault", "print('+'.join(sorted(os.environ)))")
    command = source("command", "vault", environment=("VAULT_ADDR",))
    issued = issue(command, ambient | {"VAULT_ADDR": "a", "GH_TOKEN": "b"})
    assert issued is not None
    names = set(issued.password.reveal().split("+"))
    assert {"HOME", "PATH", "VAULT_ADDR"} <= names
    assert not names & {"GH_TOKEN", "SSL_CERT_FILE", "HTTPS_PROXY"}


def test_a_program_that_fails_is_quoted_without_secrets(
    ambient: dict[str, str], install: Install
) -> None:
    install(
        "vault",
        "sys.stderr.write('denied at https://u:p4ssword@vault.test for ' + os.environ['KEY'])\n"
        "sys.exit(7)",
    )
    command = source("command", "vault", environment=("KEY",))
    with pytest.raises(CredentialError, match=r"vault ended with 7: denied at") as caught:
        issue(command, ambient | {"KEY": "k3ymaterial"})
    assert "p4ssword" not in str(caught.value)
    assert "k3ymaterial" not in str(caught.value)


def test_a_program_that_says_nothing_has_no_password(
    ambient: dict[str, str], install: Install
) -> None:
    install("vault", "print()")
    with pytest.raises(CredentialError, match="printed no password"):
        issue(source("command", "vault"), ambient)


def test_every_variable_that_may_hold_a_credential_is_known() -> None:
    assert credential_variables(source("env", "U", "P")) == ("U", "P")
    assert credential_variables(source("command", "x", environment=("KEY",))) == ("KEY",)
    assert "SYSTEM_ACCESSTOKEN" in credential_variables(source("azure-devops"))


def test_a_credential_is_obtained_once_and_remembered_before_it_is_given(
    ambient: dict[str, str], install: Install, tmp_path: Path
) -> None:
    count = tmp_path / "count"
    install("vault", f"open({str(count)!r}, 'a').write('x'); print({TOKEN!r})")
    told: list[Secret] = []
    known = KnownSecrets(told.append)
    wallet = Wallet(surroundings(ambient, known=known))
    command = source("command", "vault")
    assert told == []
    assert wallet.credential_of(command, command.url) == basic("token")
    assert wallet.credential_of(command, command.url + "other") == basic("token")
    assert (count.read_text(), told, known.secrets) == ("x", [Secret(TOKEN)], (Secret(TOKEN),))


def test_a_failure_is_not_asked_for_again(
    ambient: dict[str, str], install: Install, tmp_path: Path
) -> None:
    count = tmp_path / "count"
    install("vault", f"open({str(count)!r}, 'a').write('x'); sys.exit(1)")
    wallet = Wallet(surroundings(ambient))
    command = source("command", "vault")
    for _ in range(3):
        with pytest.raises(CredentialError, match="ended with 1"):
            wallet.credential_of(command, command.url)
    assert count.read_text() == "x"
