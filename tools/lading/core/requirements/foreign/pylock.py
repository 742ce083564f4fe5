"""pylock.toml (PEP 751) → what it has for the target."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from packaging.markers import Environment
from packaging.pylock import (
    Package,
    PackageArchive,
    PackageDirectory,
    PackageSdist,
    PackageVcs,
    PackageWheel,
    Pylock,
    PylockSelectError,
    PylockUnsupportedVersionError,
    PylockValidationError,
)
from packaging.utils import canonicalize_name

from lading.core.config.toml_tables import nearest
from lading.core.machine import Machine
from lading.core.requirements.direct import Direct
from lading.core.requirements.foreign import Asking, Choice, Chosen, sha256_of

_TOOLS = {
    "uv": (
        "uv export --format pylock.toml -o {}",
        "uv lock --upgrade; uv export --format pylock.toml -o {}",
    ),
    "pip": ("pip lock -o {} …", "pip lock -o {} …"),
    "pdm": ("pdm lock", "pdm update"),
}


def parse_pylock(table: Mapping[str, object], asking: Asking, problems: list[str]) -> Choice:
    """Return what a pylock.toml has for the target; what is wrong in it is added to `problems`."""
    lock = _validated(table, problems)
    creator = str(table.get("created-by", ""))
    tool, upgrade = _TOOLS.get(creator, (creator[:40] or "the tool that wrote it",) * 2)
    name = posixpath.basename(asking.path)
    chosen = _select(lock, asking, problems) if lock is not None else ()
    left_out = [one for one in chosen if _is_the_app(one, asking)]
    return Choice(
        chosen=tuple(one for one in chosen if one not in left_out),
        tool=tool.replace("{}", name),
        upgrade=upgrade.replace("{}", name),
        notes=tuple(
            f"{asking.path}: {one.name} is the app itself, whose files are packed as they are"
            for one in left_out
        ),
    )


def _validated(table: Mapping[str, object], problems: list[str]) -> Pylock | None:
    try:
        return Pylock.from_dict(table)
    except PylockUnsupportedVersionError as error:
        problems.append(f"{error}; this lading reads version 1.0")
    except PylockValidationError as error:
        problems.append(f"is not as PEP 751 says: {error}")
    # The library lets some of Python's own errors through for values that nobody writes.
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        problems.append(f"is not as PEP 751 says: {type(error).__name__}")
    return None


def _select(lock: Pylock, asking: Asking, problems: list[str]) -> tuple[Chosen, ...]:
    for what, wanted, known in (
        ("extra", asking.extras, lock.extras or ()),
        ("group", asking.groups, (*(lock.dependency_groups or ()), *(lock.default_groups or ()))),
    ):
        names = {canonicalize_name(name): name for name in known}
        for name in wanted:
            if canonicalize_name(name) not in names:
                meant = nearest(name, names)
                hint = (
                    f"did you mean {meant}?" if meant else f"it has: {', '.join(names) or 'none'}"
                )
                problems.append(f'has no {what} "{name}"; {hint}')
    try:
        selected = tuple(
            lock.select(
                environment=_environment(asking.machine),
                tags=asking.machine.tags,
                extras=asking.extras,
                dependency_groups=(*(lock.default_groups or ()), *asking.groups),
            )
        )
    except (PylockSelectError, ValueError, TypeError) as error:
        problems.append(
            f"does not serve {asking.machine.name}: {error}; lock for that platform too"
        )
        return ()
    required = {
        str(one.get("name", "")) for package, _ in selected for one in package.dependencies or ()
    }
    return tuple(_chosen(package, place, problems, required) for package, place in selected)


def _chosen(package: Package, place: object, problems: list[str], required: set[str]) -> Chosen:
    direct = _direct(package, place, problems)
    files: list[PackageWheel | PackageSdist] = [*(package.wheels or ())]
    files += [package.sdist] if package.sdist else []
    hashes = sha256_of(f"sha256:{file.hashes.get('sha256', '')}" for file in files)
    if direct is None and not hashes:
        problems.append(f"has no SHA-256 for {package.name}")
    return Chosen(
        name=package.name,
        version=str(package.version) if package.version else _version_of(place),
        direct=direct,
        index=package.index or "",
        hashes=hashes,
        is_root=package.name not in required,
    )


def _environment(machine: Machine) -> Environment:
    """Return the markers of a machine in the form that the library wants."""
    told = machine.markers
    return Environment(
        implementation_name=told["implementation_name"],
        implementation_version=told["implementation_version"],
        os_name=told["os_name"],
        platform_machine=told["platform_machine"],
        platform_release=told["platform_release"],
        platform_system=told["platform_system"],
        platform_version=told["platform_version"],
        python_full_version=told["python_full_version"],
        platform_python_implementation=told["platform_python_implementation"],
        python_version=told["python_version"],
        sys_platform=told["sys_platform"],
    )


def _version_of(place: object) -> str:
    """Return the version that a wheel's name tells where the entry does not."""
    return place.filename.split("-")[1] if isinstance(place, PackageWheel) else ""


def _direct(package: Package, place: object, problems: list[str]) -> Direct | None:
    name = str(package.name)
    match place:
        case PackageVcs(type="git"):
            folder = f"#subdirectory={place.subdirectory}" if place.subdirectory else ""
            url = place.url or ""
            location = f"git+{url.removeprefix('git+')}@{place.commit_id}{folder}"
            if not url:
                problems.append(f"{name} is in a repository on one machine; name its URL")
            return Direct(location=location, name=name)
        case PackageVcs():
            problems.append(f"{name} is in a repository of {place.type[:20]}; Git is supported")
            return None
        case PackageDirectory():
            path = posixpath.join(place.path.replace("\\", "/"), place.subdirectory or "")
            return Direct(location=path, name=name, editable=place.editable or False)
        case PackageArchive(subdirectory=str()):
            problems.append(f"{name} is a folder of an archive; use its repository")
            return None
        case PackageArchive():
            return _file(name, place.url, place.path, place.hashes)
        case _:
            file = place if isinstance(place, PackageWheel) else package.sdist
            is_local = file is not None and file.url is None
            return _file(name, None, file.path, file.hashes) if is_local and file else None


def _file(name: str, url: str | None, path: str | None, hashes: Mapping[str, str]) -> Direct:
    kept = sha256_of(f"sha256:{hashes.get('sha256', '')}" for _ in (0,))
    return Direct(location=url or (path or "").replace("\\", "/"), name=name, hashes=kept)


def _is_the_app(one: Chosen, asking: Asking) -> bool:
    if one.direct is None or one.direct.location.startswith("git+"):
        return False
    return asking.place_of(one.direct.location) == asking.app_folder
