"""Ways in which a package or a credential could go astray on a machine, each on evidence.

Nothing here stops lading, which goes none of these ways: they are open to pip, uv and Git as a
person starts them. What cannot be known is not told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from packaging.version import InvalidVersion, Version

from lading.core.access.ambient import holds_token
from lading.core.config import IndexSource, Project, Source
from lading.core.diagnosis import Check
from lading.core.diagnosis.facts import GitSetting, IndexSetting, KeptCredential, NetrcFile
from lading.core.index import IndexFile
from lading.core.urls import parse_url

# Every index that passes on the public one has these, and no team publishes its own.
PUBLIC_SAMPLE = ("pip", "setuptools", "requests")
# Popular names of many families, by which a pattern is seen to be too wide.
_WELL_KNOWN = (
    *("aiohttp", "attrs", "azure-core", "azure-functions", "azure-identity", "azure-storage-blob"),
    *("boto3", "botocore", "certifi", "charset-normalizer", "click", "cryptography", "django"),
    *("fastapi", "flask", "google-api-core", "google-auth", "grpcio", "httpx", "idna", "jinja2"),
    *("jsonschema", "lxml", "markupsafe", "msal", "msrest", "numpy", "opentelemetry-api"),
    *("packaging", "pandas", "pillow", "pip", "protobuf", "psycopg2", "pyarrow", "pydantic"),
    *("pyjwt", "pyodbc", "pytest", "python-dateutil", "python-dotenv", "pyyaml", "redis"),
    *("requests", "s3transfer", "scikit-learn", "scipy", "setuptools", "six", "sqlalchemy"),
    *("tomli", "tqdm", "types-requests", "typing-extensions", "tzdata", "urllib3", "wheel"),
)
_TOLD = 4
_BY_WAY_OF_LADING = "run them as: lading with-access -- pip …"


def judge_index_settings(settings: Iterable[IndexSetting]) -> Iterator[Check]:
    """Tell of further indexes that pip or uv ask for every name, and of credentials in URLs."""
    for setting in settings:
        if setting.role == "extra":
            yield _extra_index(setting)
        elif setting.role == "files" and setting.host:
            yield _risk(
                "extra-index",
                setting.origin,
                f"{setting.tool} also takes files of any name from {setting.host}",
                f"Lading never uses it. Take it out; where pip and uv need private packages, "
                f"{_BY_WAY_OF_LADING}",
            )
        if setting.userinfo == "secret":
            yield _risk(
                "index-credential",
                setting.origin,
                f"the URL for {setting.host} has a credential in it, which {setting.tool} shows to "
                "every package that it builds",
                "Take it out of the URL and declare the index in [tool.lading.sources]; "
                "`credential` says where it comes from.",
            )


def judge_netrc(netrc: NetrcFile | None, sources: Iterable[Source]) -> Iterator[Check]:
    """Tell of entries that pip and Git send further than their source reaches."""
    if netrc is None:
        return
    seen = " (and others may read the file)" if netrc.read_by_others else ""
    by_host: dict[str, list[Source]] = {}
    for source in sources:
        by_host.setdefault(parse_url(source.url).host, []).append(source)
    for host in sorted(set(netrc.hosts) & set(by_host)):
        names = ", ".join(source.name for source in by_host[host])
        used = [source for source in by_host[host] if source.credential.kind == "netrc"]
        yield _risk(
            "netrc-host",
            netrc.path,
            f"pip sends its entry for {host} to every organisation on that host, to other ports "
            f"and over http too, not only to {names}{seen}",
            f"Lading sends it only to {used[0].scope}. Better: another `credential` for "
            f"{used[0].name}, and no entry."
            if used
            else f"Remove the entry: lading opens {names} without it.",
        )
    if "default" in netrc.hosts:
        yield _risk(
            "netrc-default",
            netrc.path,
            f"pip sends its entry `default` to every host that has none of its own{seen}",
            "Write `machine HOST` instead of `default`. Lading never uses that entry.",
        )


def judge_git_settings(settings: Iterable[GitSetting]) -> Iterator[Check]:
    """Tell of credentials that Git keeps where every program can read them."""
    for setting in settings:
        yield _risk(f"git-{setting.kind}", setting.origin, *_git_words(setting))


def judge_kept(kept: Iterable[KeptCredential]) -> Iterator[Check]:
    """Tell of credentials that other tools keep in plain files."""
    for item in kept:
        yield _risk(
            "kept-credential",
            item.path,
            f"holds a credential in plain text, for {item.tool}",
            "Every package that is built without lading can read it. Remove it, and revoke it if "
            "it does not expire by itself.",
        )


def judge_tracked_environment(names: Iterable[str], sources: Iterable[Source]) -> Iterator[Check]:
    """Tell of a `.env` under version control that gives a value to a variable for a credential."""
    specs = (source.credential for source in sources)
    # The last is the password's; what else holds tokens is known by its maker's name.
    own = {variable for spec in specs if spec.kind == "env" for variable in spec.arguments[-1:]}
    held = [name for name in names if name in own or holds_token(name)]
    if held:
        yield _risk(
            "tracked-secrets",
            ".env",
            f"Git tracks it, with {_some(held)}: whoever has the repository has that",
            "git rm --cached .env, add it to .gitignore, and revoke what it holds.",
        )


def judge_patterns(project: Project) -> Iterator[Check]:
    """Tell of patterns under which well-known public names come from a private index."""
    for source in project.index_sources:
        if source.default:
            continue
        for pattern in (one for one in source.packages if "*" in one or "?" in one or "[" in one):
            covered = [name for name in _WELL_KNOWN if fnmatchcase(name, pattern)]
            if covered:
                yield _risk(
                    "wide-pattern",
                    source.name,
                    f'"{pattern}" of its packages covers public names: {_some(covered)}',
                    "Write a narrower pattern, or default = true if the feed serves everything.",
                )


def judge_notes_of_requirements(notes: Iterable[str]) -> Iterator[Check]:
    """Tell of index lines, which are accepted here and followed by others."""
    for note in notes:
        place, _, what = note.partition(": ")
        if what.startswith("--extra-index-url"):
            yield _risk(
                "extra-index-line",
                place,
                "--extra-index-url lets pip take any name from either index, the highest version",
                "Take the line out: the declared sources are asked without it.",
            )


def judge_mirror(source: IndexSource, served: Iterable[str]) -> Iterator[Check]:
    """Tell of a private index that also serves what is public."""
    names = tuple(served)
    if len(names) > 1:
        yield _risk(
            "passes-on",
            source.name,
            f"it also serves {' and '.join((', '.join(names[:-1]), names[-1]))}, which nobody "
            "declared for it: it passes a public index on, and a public upload can take the place "
            "of a private name in it",
            "If it is meant to serve everything: default = true. If not, switch its upstream "
            "sources (remote repositories, request forwarding) off.",
        )


def judge_namesake(
    name: str, source: IndexSource, own: tuple[IndexFile, ...], other: tuple[IndexFile, ...]
) -> Iterator[Check]:
    """Tell of a private name that the default index has too, unless it has the same files."""
    hashes = {file.sha256 for file in own if file.sha256}
    foreign = [file for file in other if file.sha256 not in hashes]
    if not foreign:
        return
    versions = sorted({file.version for file in foreign}, key=_version, reverse=True)
    yield _risk(
        "namesake",
        name,
        f"it is declared for {source.name}, and the default index has another of that name "
        f"({_some(versions)})",
        "Find out who published that. Lading never takes it; pip with both indexes takes the "
        "highest version.",
    )


def tell_free_names(names: Iterable[str]) -> Iterator[Check]:
    """Note private names that nobody has on the public index yet."""
    free = sorted(names)
    if free:
        yield Check(
            subject="public index",
            verdict="note",
            text=f"nobody has {_some(free)} there: whoever registers such a name is installed by "
            "a pip that asks both indexes. Reserving it closes that way",
            code="free-name",
        )


def _extra_index(setting: IndexSetting) -> Check:
    place = setting.host or "a folder on this machine"
    takes = "the highest version of both" if setting.tool == "pip" else "what the first has"
    return _risk(
        "extra-index",
        setting.origin,
        f"{setting.tool} asks {place} for every name, private ones too, and takes {takes}",
        "Lading never uses it. Take it out; where pip and uv need private packages, "
        f"{_BY_WAY_OF_LADING}",
    )


def _git_words(setting: GitSetting) -> tuple[str, str]:
    """Return what a setting does, and what to do about it."""
    match setting.kind:
        case "header":
            found = "keeps a credential in the clear, as a pipeline's checkout leaves it"
            remedy = (
                "persist-credentials: false (GitHub) or persistCredentials: false (Azure "
                f'Pipelines) at the checkout; here: git config --unset-all "{setting.key}".'
            )
        case "store":
            found = "writes every credential into a file in the clear, a pipeline's too"
            remedy = "Use the system's own: manager, osxkeychain, libsecret, or cache."
        case "url":
            found = "has a credential in its URL, which every program that Git starts can see"
            remedy = "Write the URL without it, and revoke it."
    return f"{setting.key} {found}", remedy


def _risk(code: str, subject: str, text: str, remedy: str) -> Check:
    return Check(subject=subject, verdict="risk", text=text, remedy=remedy, code=code)


def _some(names: list[str]) -> str:
    more = len(names) - _TOLD
    return ", ".join(names[:_TOLD]) + (f" and {more} more" if more > 0 else "")


def _version(text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion:
        return Version("0")
