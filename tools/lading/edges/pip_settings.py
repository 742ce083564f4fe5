"""pip's and uv's own settings on this machine: which index is the default, which are ignored.

Nobody else may read them. pip's files are read here and not by `pip config list`, which takes
longer than everything else before a build from a full store.
"""

from __future__ import annotations

import configparser
import os
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from lading.core.access.userinfo import looks_like_token, mask_userinfo, parse_userinfo
from lading.core.config import DefaultIndex
from lading.core.config.hosts import normalise_url, split_url
from lading.core.diagnosis.facts import IndexSetting
from lading.core.errors import ConfigError
from lading.core.secret import Credential, Secret

__all__ = ["DefaultIndex", "Installation", "read_default_index", "read_index_settings"]

Role = Literal["default", "extra", "files"]

# The section of the command wins over [global]; `lading` stands for `pip install`.
_SECTIONS = ("install", "global")
_EXTRA_KEYS: Mapping[str, Role] = {"extra-index-url": "extra", "find-links": "files"}
_UV_VARIABLES: Mapping[str, Role] = {
    "UV_DEFAULT_INDEX": "default",
    "UV_INDEX": "extra",
    "UV_INDEX_URL": "default",
    "UV_EXTRA_INDEX_URL": "extra",
    "UV_FIND_LINKS": "files",
}
_UV_KEYS: Mapping[str, Role] = {
    "index": "extra",
    "index-url": "default",
    "extra-index-url": "extra",
    "find-links": "files",
}
# uv's variables may give an index a name: NAME=URL.
_UV_NAME = re.compile(r"^[A-Za-z0-9._-]+=")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Where pip and uv look for their files: the system, its /etc, the interpreter's folder."""

    platform: str = sys.platform
    prefix: Path = Path(sys.prefix)
    etc: Path = Path("/etc")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setting:
    """One value, and where it was read."""

    value: str
    origin: str


def read_default_index(
    ambient: Mapping[str, str], *, installation: Installation | None = None
) -> DefaultIndex:
    """Return the index for all names that no declared source owns.

    It is `PIP_INDEX_URL`, else `index-url` of pip's configuration, else PyPI. A user name and
    password in it become a credential in memory. Raises ConfigError for a URL that cannot be used.
    """
    here = installation or Installation()
    settings = _read_pip_files(ambient, installation=here)
    index = _setting(settings, ambient, "index-url")
    found = (*_extras_of_pip(settings, ambient), *_indexes_of_uv(ambient, installation=here))
    ignored = tuple(dict.fromkeys(str(setting) for setting in found))
    if index is None:
        return DefaultIndex(url="", origin="pip's default", ignored=ignored)
    return _parse_index(index, ignored=ignored)


def read_index_settings(
    ambient: Mapping[str, str],
    *,
    root: Path | None = None,
    installation: Installation | None = None,
) -> tuple[IndexSetting, ...]:
    """Return every index that pip or uv is told of on this machine, and in the project at `root`.

    Those that uv asks only for what names them (`explicit`) are left out. Raises ConfigError for a
    configuration of pip that cannot be read.
    """
    here = installation or Installation()
    settings = _read_pip_files(ambient, installation=here)
    index = _setting(settings, ambient, "index-url")
    own = [index.value] if index is not None else []
    found = (
        *_places(own, tool="pip", origin=f"index-url of {index.origin}" if index else ""),
        *_extras_of_pip(settings, ambient),
        *_indexes_of_uv(ambient, installation=here),
        *(_indexes_of_project(root) if root is not None and _reads_files(ambient) else ()),
    )
    return tuple(dict.fromkeys(found))


def _setting(
    settings: Mapping[str, _Setting], ambient: Mapping[str, str], key: str
) -> _Setting | None:
    variable = f"PIP_{key.replace('-', '_').upper()}"
    if ambient.get(variable):
        return _Setting(value=ambient[variable], origin=variable)
    found = (settings.get(f"{section}.{key}") for section in _SECTIONS)
    return next((setting for setting in found if setting is not None and setting.value), None)


def _parse_index(index: _Setting, *, ignored: tuple[str, ...]) -> DefaultIndex:
    bare = parse_userinfo(index.value)
    parts = split_url(bare.url)
    secure = parts is not None and (
        parts.scheme == "https"
        or (parts.scheme == "http" and parts.hostname in _LOOPBACK and bare.kind == "none")
    )
    if parts is None or not parts.hostname or not secure:
        raise ConfigError(
            (f'{index.origin}: "{mask_userinfo(index.value)}" cannot be used as an index',),
            remedy="Use an https URL; for the time of one command: PIP_INDEX_URL=https://…",
        )
    return DefaultIndex(
        url=normalise_url(bare.url).rstrip("/") + "/",
        origin=index.origin,
        credential=_parse_credential(index),
        ignored=ignored,
    )


def _parse_credential(index: _Setting) -> Credential | None:
    """Return what stands before the host; a user name alone opens nothing, a token alone may."""
    userinfo = urlsplit(index.value).netloc.rpartition("@")[0]
    user, _, password = (unquote(part) for part in userinfo.partition(":"))
    if password:
        return Credential(username=user, password=Secret(password))
    if looks_like_token(user):
        # Hosts that take a token as user name take it as password too, under any name.
        return Credential(username="token", password=Secret(user))
    return None


def _extras_of_pip(
    settings: Mapping[str, _Setting], ambient: Mapping[str, str]
) -> Iterator[IndexSetting]:
    for key, role in _EXTRA_KEYS.items():
        setting = _setting(settings, ambient, key)
        if setting is not None:
            origin = f"{key} of {setting.origin}"
            yield from _places(setting.value.split(), tool="pip", origin=origin, role=role)


def _indexes_of_uv(
    ambient: Mapping[str, str], *, installation: Installation
) -> Iterator[IndexSetting]:
    for variable, role in _UV_VARIABLES.items():
        urls = ambient.get(variable, "").split()
        yield from _places(urls, tool="uv", origin=variable, role=role)
    for path in _uv_files(ambient, installation=installation):
        yield from _uv_indexes(_read_uv_table(path), origin=str(path))


def _indexes_of_project(root: Path) -> Iterator[IndexSetting]:
    own = root / "uv.toml"
    if own.is_file():
        # uv then looks at [tool.uv] no more.
        yield from _uv_indexes(_read_uv_table(own), origin=own.name)
        return
    tool = _read_uv_table(root / "pyproject.toml").get("tool")
    table = tool.get("uv") if isinstance(tool, dict) else None
    if isinstance(table, dict):
        yield from _uv_indexes(table, origin="[tool.uv] of pyproject.toml")


def _read_uv_table(path: Path) -> dict[str, object]:
    """Return a TOML file; uv itself says what is wrong with one, here that counts for nothing."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _uv_indexes(table: Mapping[str, object], *, origin: str) -> Iterator[IndexSetting]:
    for key, role in _UV_KEYS.items():
        value = table.get(key)
        for item in value if isinstance(value, list) else [value]:
            entry = item if isinstance(item, dict) else {"url": item}
            url = entry.get("url")
            if isinstance(url, str) and entry.get("explicit") is not True:
                is_default = entry.get("default") is True
                yield from _places(
                    [url], tool="uv", origin=origin, role="default" if is_default else role
                )


def _places(
    urls: list[str], *, tool: Literal["pip", "uv"], origin: str, role: Role = "default"
) -> Iterator[IndexSetting]:
    """Yield what each URL is, without its path, which may be a key."""
    for url in urls:
        bare = parse_userinfo(_UV_NAME.sub("", url))
        parts = split_url(bare.url)
        yield IndexSetting(
            tool=tool,
            origin=origin,
            host=(parts.hostname or "") if parts is not None else "",
            role=role,
            userinfo=bare.kind,
        )


def _read_pip_files(
    ambient: Mapping[str, str], *, installation: Installation
) -> dict[str, _Setting]:
    """Return "section.key" of all files that pip reads, the later ones winning."""
    settings: dict[str, _Setting] = {}
    for path in _pip_files(ambient, installation=installation):
        parser = configparser.RawConfigParser()
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError) as error:
            raise ConfigError(
                (f"{path}: is not a configuration of pip",),
                remedy="Correct the file; `pip config debug` names all that pip reads.",
            ) from error
        for section in parser.sections():
            for key, value in parser.items(section):
                name = key.lower().replace("_", "-").removeprefix("--")
                settings[f"{section}.{name}"] = _Setting(value=value, origin=str(path))
    return settings


def _pip_files(ambient: Mapping[str, str], *, installation: Installation) -> tuple[Path, ...]:
    """Return pip's files, the weakest first (pip: `Configuration.iter_config_files`)."""
    chosen = ambient.get("PIP_CONFIG_FILE")
    if chosen == os.devnull:
        return ()
    windows = installation.platform == "win32"
    name = "pip.ini" if windows else "pip.conf"
    folders = list(_site_folders(ambient, installation=installation))
    if not (chosen and Path(chosen).exists()):
        folders += _user_folders(ambient, installation=installation)
    files = [folder / name for folder in (*folders, installation.prefix)]
    return tuple(path for path in (*files, *([Path(chosen)] if chosen else [])) if path.is_file())


def _site_folders(ambient: Mapping[str, str], *, installation: Installation) -> tuple[Path, ...]:
    if installation.platform == "win32":
        return (Path(ambient.get("PROGRAMDATA", "C:/ProgramData"), "pip"),)
    if installation.platform == "darwin":
        return (Path("/Library/Application Support/pip"),)
    listed = ambient.get("XDG_CONFIG_DIRS", "").split(os.pathsep)
    roots = [root for root in listed if root.strip()] or [str(installation.etc / "xdg")]
    # pip itself adds /etc to what the desktop's rules say.
    return (*(Path(root, "pip") for root in roots), installation.etc)


def _home(ambient: Mapping[str, str]) -> Path | None:
    home = ambient.get("HOME") or ambient.get("USERPROFILE")
    return Path(home) if home else None


def _user_folders(ambient: Mapping[str, str], *, installation: Installation) -> tuple[Path, ...]:
    home = _home(ambient)
    if home is None:
        return ()
    if installation.platform == "win32":
        data = ambient.get("APPDATA")
        return (home / "pip", Path(data, "pip") if data else home / "AppData/Roaming/pip")
    if installation.platform == "darwin":
        library = home / "Library/Application Support/pip"
        return (home / ".pip", library if library.is_dir() else home / ".config/pip")
    return (home / ".pip", _xdg_home(ambient, home=home) / "pip")


def _xdg_home(ambient: Mapping[str, str], *, home: Path) -> Path:
    configured = ambient.get("XDG_CONFIG_HOME", "")
    return Path(configured) if configured.strip() else home / ".config"


def _uv_files(ambient: Mapping[str, str], *, installation: Installation) -> tuple[Path, ...]:
    chosen = ambient.get("UV_CONFIG_FILE")
    if chosen:
        return (Path(chosen),)
    if not _reads_files(ambient):
        return ()
    if installation.platform == "win32":
        data = ambient.get("APPDATA")
        return (
            Path(ambient.get("PROGRAMDATA", "C:/ProgramData"), "uv/uv.toml"),
            *((Path(data, "uv/uv.toml"),) if data else ()),
        )
    home = _home(ambient)
    own = (_xdg_home(ambient, home=home) / "uv/uv.toml",) if home else ()
    return (installation.etc / "uv/uv.toml", *own)


def _reads_files(ambient: Mapping[str, str]) -> bool:
    """Say whether uv looks for configuration files at all."""
    return not (ambient.get("UV_NO_CONFIG") or ambient.get("UV_CONFIG_FILE"))
