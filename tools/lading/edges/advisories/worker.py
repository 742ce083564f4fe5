"""The program in which pip-audit reads what an index said of each release.

It is given to `-c` as text, in a process of its own: importing pip-audit starts pip with whatever
environment there is. It asks no network. It reads a JSON list of releases with their pages from
standard input, and answers with a JSON list on standard output.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from packaging.version import Version
from pip_audit._audit import Auditor
from pip_audit._service import Dependency, PyPIService, ResolvedDependency


class Page:
    """The answer to whatever pip-audit asks: the page that lading has fetched."""

    status_code = 200
    text = ""

    def get(self, **_request: object) -> Page:
        """Return itself, in place of a session that would ask the network."""
        return self

    def raise_for_status(self) -> None:
        """Do nothing: there was an answer."""

    def json(self) -> object:
        """Return the page as the document that it is."""
        return json.loads(self.text)


class One:
    """A source of dependencies that is a single release."""

    def __init__(self, name: str, version: str) -> None:
        self.dependency = ResolvedDependency(name=name, version=Version(version))

    def collect(self) -> Iterator[Dependency]:
        """Give it."""
        yield self.dependency


def main() -> None:
    """Read the order, audit, answer."""
    page = Page()
    with TemporaryDirectory() as cache:
        service = PyPIService(cache_dir=Path(cache))
    service.session = page
    auditor = Auditor(service)
    answers = []
    for one in json.load(sys.stdin):
        page.text = one["page"]
        for _, found in auditor.audit(One(one["name"], one["version"])):
            answers.append(
                [
                    {
                        "id": each.id,
                        "aliases": sorted(each.aliases),
                        "fixed": [str(version) for version in each.fix_versions],
                        "summary": each.description,
                    }
                    for each in found
                ]
            )
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
