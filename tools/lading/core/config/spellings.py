"""The other ways in which people write the URL prefix of a Git source."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_AZURE = re.compile(r"https://dev\.azure\.com/(?P<org>[^/]+)/(?P<rest>.*)")


def git_spellings(prefix: str) -> tuple[str, ...]:
    """Return every URL prefix that means the same repositories, `prefix` itself first.

    For Azure DevOps the host that it had before 2018 and the form with a user name that its
    "Clone" button copies; for the others SSH, whose path is the same (Azure's is not).
    """
    azure = _AZURE.fullmatch(prefix)
    if azure:
        org, rest = azure["org"], azure["rest"]
        return (
            prefix,
            f"https://{org}@dev.azure.com/{org}/{rest}",
            f"https://{org}.visualstudio.com/{rest}",
            f"https://{org}.visualstudio.com/DefaultCollection/{rest}",
            f"https://{org}@{org}.visualstudio.com/{rest}",
            f"https://{org}@{org}.visualstudio.com/DefaultCollection/{rest}",
        )
    parts = urlsplit(prefix)
    path = parts.path.removeprefix("/")
    return (
        prefix,
        f"https://git@{parts.netloc}/{path}",
        f"git@{parts.hostname}:{path}",
        f"ssh://git@{parts.hostname}/{path}",
    )
