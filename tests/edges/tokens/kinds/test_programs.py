"""A program is asked as Git asks its helpers, and quoted without secrets."""

from __future__ import annotations

import pytest

from lading.core.errors import CredentialError
from lading.core.secret import Credential, Secret
from tests.edges.tokens.kinds.issuing import TOKEN, Install, basic, issue, issued, source


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
