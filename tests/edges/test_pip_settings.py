from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lading.core.config import DefaultIndex
from lading.core.errors import ConfigError
from lading.core.secret import Credential, Secret
from lading.edges.pip_settings import Installation, read_default_index, read_index_settings

URL = "https://index.example/simple/"
TOKEN = "ghp_abcdefghijklmnopqrstuvwxyz0123456789"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """Return places that are the test's own, so that nothing of this machine is read."""
    return Installation(platform="linux", prefix=tmp_path / "prefix", etc=tmp_path / "etc")


@pytest.fixture
def ambient(home: Path, tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(home), "XDG_CONFIG_DIRS": str(tmp_path / "etc")}


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def conf(url: str, section: str = "global") -> str:
    return f"[{section}]\nindex-url = {url}\n"


def url(ambient: dict[str, str], installation: Installation) -> str:
    return read_default_index(ambient, installation=installation).url


def test_without_any_setting_it_is_the_public_index(installation: Installation) -> None:
    index = read_default_index({"PIP_CONFIG_FILE": os.devnull}, installation=installation)

    assert index == DefaultIndex(url="")
    assert index.warning is None


def test_the_environment_wins_over_the_files(
    home: Path, ambient: dict[str, str], installation: Installation
) -> None:
    file = write(home / ".config/pip/pip.conf", conf("https://file.example/simple"))

    assert read_default_index(ambient, installation=installation).origin == str(file)
    assert url(ambient, installation) == "https://file.example/simple/"
    assert url(ambient | {"PIP_INDEX_URL": URL}, installation) == URL
    assert url(ambient | {"PIP_INDEX_URL": ""}, installation) == "https://file.example/simple/"


def test_the_section_of_the_command_wins_over_the_global_one(
    home: Path, ambient: dict[str, str], installation: Installation
) -> None:
    write(home / ".config/pip/pip.conf", conf("https://a.example/") + conf(URL, "install"))

    assert url(ambient, installation) == URL


@pytest.mark.parametrize(
    ("platform", "place"),
    [
        ("linux", "home/.pip/pip.conf"),
        ("linux", "home/.config/pip/pip.conf"),
        ("linux", "xdg/pip/pip.conf"),
        ("linux", "etc/pip/pip.conf"),
        ("linux", "etc/pip.conf"),
        ("linux", "prefix/pip.conf"),
        ("darwin", "home/.pip/pip.conf"),
        ("darwin", "home/.config/pip/pip.conf"),
        ("darwin", "home/Library/Application Support/pip/pip.conf"),
        ("win32", "home/pip/pip.ini"),
        ("win32", "appdata/pip/pip.ini"),
        ("win32", "programdata/pip/pip.ini"),
        ("win32", "prefix/pip.ini"),
    ],
)
def test_pips_files_are_found_where_each_system_has_them(
    tmp_path: Path, ambient: dict[str, str], platform: str, place: str
) -> None:
    write(tmp_path / place, conf(URL))
    installation = Installation(platform=platform, prefix=tmp_path / "prefix", etc=tmp_path / "etc")
    places = {"APPDATA": "appdata", "PROGRAMDATA": "programdata"}
    variables = {name: str(tmp_path / folder) for name, folder in places.items()}
    if place.startswith("xdg"):
        variables["XDG_CONFIG_HOME"] = str(tmp_path / "xdg")

    assert url(ambient | variables, installation) == URL


def test_a_chosen_file_replaces_the_users_and_wins(
    tmp_path: Path, home: Path, ambient: dict[str, str], installation: Installation
) -> None:
    write(home / ".config/pip/pip.conf", conf("https://user.example/", "install"))
    write(installation.prefix / "pip.conf", conf("https://site.example/"))
    chosen = write(tmp_path / "chosen.conf", conf(URL))

    assert url(ambient | {"PIP_CONFIG_FILE": str(chosen)}, installation) == URL
    assert url(ambient | {"PIP_CONFIG_FILE": os.devnull}, installation) == ""


@pytest.mark.parametrize(
    ("files", "variables"),
    [
        ({"home/.config/pip/pip.conf": conf(URL)}, {}),
        ({"home/.pip/pip.conf": conf("https://a.example/"), "xdg/pip/pip.conf": conf(URL)}, {}),
        ({"etc/pip/pip.conf": "[global]\nindex_url: https://under.example/simple\n"}, {}),
        ({"etc/pip/pip.conf": conf(URL), "home/.pip/pip.conf": conf("https://b.example/")}, {}),
        ({"chosen.conf": conf(URL), "home/.pip/pip.conf": conf("https://b.example/")}, {}),
        ({"home/.pip/pip.conf": conf(URL)}, {"PIP_CONFIG_FILE": os.devnull}),
        ({"home/.pip/pip.conf": conf(URL)}, {"PIP_INDEX_URL": "https://env.example/simple"}),
    ],
)
def test_pip_itself_says_the_same(
    tmp_path: Path, files: dict[str, str], variables: dict[str, str]
) -> None:
    for name, text in files.items():
        write(tmp_path / name, text)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "home"),
        "XDG_CONFIG_DIRS": str(tmp_path / "etc"),
        "XDG_CONFIG_HOME": str(
            tmp_path / ("xdg" if "xdg/pip/pip.conf" in files else "home/.config")
        ),
        **({"PIP_CONFIG_FILE": str(tmp_path / "chosen.conf")} if "chosen.conf" in files else {}),
        **variables,
    }
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "config", "list"]
    listing = subprocess.run(
        command, env=environment, check=True, capture_output=True, text=True
    ).stdout
    settings = dict(line.split("=", 1) for line in listing.splitlines() if "=" in line)
    expected = settings.get(":env:.index-url", settings.get("global.index-url"))

    found = read_default_index(environment)

    assert found.url.rstrip("/") == (expected or "").strip("'").rstrip("/")


def test_a_credential_in_the_url_is_kept_in_memory_and_shown_by_nothing(
    installation: Installation,
) -> None:
    value = "https://me:hunter%402@index.example/simple"
    index = read_default_index(
        {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": value}, installation=installation
    )

    assert index.url == URL
    assert index.credential == Credential(username="me", password=Secret("hunter@2"))
    assert "hunter" not in repr(index)
    warning = index.warning or ""
    assert "hunter" not in warning
    assert f'index = "{URL}"' in warning
    assert "PIP_INDEX_URL" in warning


@pytest.mark.parametrize(
    ("userinfo", "credential"),
    [
        ("VssSessionToken", None),
        (TOKEN, Credential(username="token", password=Secret(TOKEN))),
    ],
)
def test_a_user_name_alone_opens_nothing_but_a_token_does(
    installation: Installation, userinfo: str, credential: Credential | None
) -> None:
    index = read_default_index(
        {
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_INDEX_URL": f"https://{userinfo}@index.example/simple/",
        },
        installation=installation,
    )

    assert index.credential == credential
    assert TOKEN not in repr(index)


@pytest.mark.parametrize(
    "value",
    [
        "http://index.example/simple",
        "http://me:hunter2@127.0.0.1/simple",
        "file:///srv/index",
        "https://me:hun/ter2@index.example/simple",
        "nonsense",
    ],
)
def test_an_index_that_cannot_be_trusted_is_refused_without_its_secret(
    installation: Installation, value: str
) -> None:
    with pytest.raises(ConfigError, match="PIP_INDEX_URL: ") as caught:
        read_default_index(
            {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": value}, installation=installation
        )

    assert "hunter2" not in str(caught.value)
    assert "ter2" not in str(caught.value)


def test_a_mirror_on_this_machine_needs_no_certificate(installation: Installation) -> None:
    ambient = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": "http://127.0.0.1:3141/simple"}

    assert url(ambient, installation) == "http://127.0.0.1:3141/simple/"


def test_extra_indexes_are_listed_by_host_and_never_used(
    home: Path, ambient: dict[str, str], installation: Installation
) -> None:
    pip = write(
        home / ".config/pip/pip.conf",
        "[global]\nextra-index-url =\n    https://me:hunter2@one.example/simple\n"
        "    https://two.example/hunter2/simple\nfind-links = /srv/wheels\n",
    )
    uv = write(
        home / ".config/uv/uv.toml",
        'extra-index-url = ["https://me:hunter2@three.example/simple"]\n'
        '[[index]]\nname = "x"\nurl = "https://four.example/simple"\n',
    )
    variables = {
        "UV_INDEX": "named=https://me:hunter2@five.example/simple https://six.example",
        "PIP_FIND_LINKS": "",
    }

    index = read_default_index(ambient | variables, installation=installation)

    assert index.url == ""
    assert index.ignored == (
        f"extra-index-url of {pip}: one.example",
        f"extra-index-url of {pip}: two.example",
        f"find-links of {pip}: a folder on this machine",
        "UV_INDEX: five.example",
        "UV_INDEX: six.example",
        f"{uv}: four.example",
        f"{uv}: three.example",
    )


def test_a_broken_file_of_pip_is_named_and_one_of_uv_is_nothing(
    home: Path, ambient: dict[str, str], installation: Installation
) -> None:
    write(home / ".config/uv/uv.toml", "index = \n")
    assert read_default_index(ambient, installation=installation).ignored == ()

    file = write(home / ".config/pip/pip.conf", "index-url = 1\n")
    with pytest.raises(ConfigError) as caught:
        read_default_index(ambient, installation=installation)
    assert caught.value.problems == (f"{file}: is not a configuration of pip",)


def test_every_index_is_known_with_its_role_and_what_stands_before_its_host(
    home: Path, ambient: dict[str, str], installation: Installation, tmp_path: Path
) -> None:
    write(home / ".config/pip/pip.conf", conf("https://me:hunter2@one.example/simple"))
    root = tmp_path / "project"
    write(
        root / "pyproject.toml",
        '[[tool.uv.index]]\nurl = "https://two.example"\ndefault = true\n'
        '[[tool.uv.index]]\nurl = "https://three.example"\nname = "x"\nexplicit = true\n'
        '[[tool.uv.index]]\nurl = "https://me@four.example"\n',
    )

    found = read_index_settings(
        ambient | {"UV_DEFAULT_INDEX": "https://five.example"}, root=root, installation=installation
    )

    assert [(one.tool, one.host, one.role, one.userinfo) for one in found] == [
        ("pip", "one.example", "default", "secret"),
        ("uv", "five.example", "default", "none"),
        ("uv", "two.example", "default", "none"),
        ("uv", "four.example", "extra", "user"),
    ]


@pytest.mark.parametrize(
    ("variables", "hosts"),
    [
        ({}, ["own.example"]),
        ({"UV_NO_CONFIG": "1"}, []),
        ({"UV_CONFIG_FILE": os.devnull}, []),
    ],
)
def test_a_uv_toml_of_the_project_takes_the_place_of_its_pyproject(
    ambient: dict[str, str],
    installation: Installation,
    tmp_path: Path,
    variables: dict[str, str],
    hosts: list[str],
) -> None:
    write(tmp_path / "uv.toml", 'extra-index-url = ["https://own.example/simple"]\n')
    write(tmp_path / "pyproject.toml", '[tool.uv]\nindex-url = "https://other.example"\n')
    found = read_index_settings(ambient | variables, root=tmp_path, installation=installation)
    assert [one.host for one in found] == hosts
