"""Index lines of requirements files: accepted where they say what is declared, else refused."""

from __future__ import annotations

from lading.core.access.userinfo import mask_userinfo, may_be_shown, parse_userinfo
from lading.core.config.hosts import check_url, normalise_url, public_index, suggest_credential
from lading.core.requirements.direct import REVOKE, Place
from lading.core.requirements.lines import LineError


def judge_index_line(option: str, url: str, place: Place, default_index: str) -> None:
    """Note an index line that names a declared source or the default index; refuse any other.

    An extra index opens the door to dependency confusion: whoever publishes the higher version
    under a private name is installed. An empty `default_index` stands for the public one.
    """
    bare = parse_userinfo(url)
    same = spelling(bare.url)
    source = next((one for one in place.project.index_sources if one.url == same), None)
    if bare.kind == "secret":
        use = f"it is source {source.name} already: take the line out" if source else ""
        message = (
            f'a credential is written into "{option} {mask_userinfo(url)}"; '
            f"{use or 'write instead:' + declaration(bare.url)}\n  {REVOKE}"
        )
        raise LineError(message)
    if source is not None:
        place.note(f"{option} names source {source.name}, which is used for what it declares")
        return
    if same and same == spelling(default_index or public_index()):
        place.note(f"{option} names the default index, which is used anyway")
        return
    if option == "--find-links" and "://" not in url:
        message = (
            f"{option} {mask_userinfo(url)} is not supported; require the files themselves: "
            "./folder/NAME-1.0-py3-none-any.whl"
        )
        raise LineError(message)
    message = (
        f"{option} {mask_userinfo(url)} is not a declared source (an index that may serve any name "
        f"may also serve a private one); take the line out and write into pyproject.toml:"
        f"{declaration(bare.url)}"
    )
    raise LineError(message)


def spelling(url: str) -> str:
    """Return the one spelling of an index's URL, "" for one that cannot be an index."""
    return normalise_url(url).rstrip("/") + "/" if check_url(url) is None else ""


def declaration(url: str) -> str:
    """Return the lines that declare a source for an index."""
    clear = check_url(url) is None and may_be_shown(url)
    place = normalise_url(url) if clear else "https://…/simple/"
    return (
        "\n  [tool.lading.sources.NAME]"
        f'\n  index = "{place}"'
        '\n  packages = ["…"]  # or default = true, for an index that serves everything'
        f'\n  credential = "{suggest_credential(place) or "env:USER_VARIABLE:PASSWORD_VARIABLE"}"'
    )
