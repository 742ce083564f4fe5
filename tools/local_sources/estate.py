"""What Acme has: its private packages, and its Git repositories in every shape people use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from local_sources.distributions import Files, read_tree
from local_sources.git_repositories import GitCommit, GitRepository
from local_sources.shelves import Shelf

PACKAGES = Path(__file__).parent / "packages"

TAX = "/acme/platform/_git/acme-tax"
MONOREPO = "/acme/platform/_git/monorepo"
RATES = "/acme/platform/_git/acme-rates"
WITH_SUBMODULE = "/acme/platform/_git/acme-tax-with-submodule"
WITH_FOREIGN_SUBMODULE = "/acme/platform/_git/acme-tax-with-foreign-submodule"
WITH_LFS = "/acme/platform/_git/acme-models"
PARTNER_RATES = "/partners/rates/_git/partner-rates"

_LFS_POINTER = (
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n"
    "size 12345\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """Where things are put: `create` makes an empty repository for a path on the Git host."""

    create: Callable[[str], GitRepository]
    git_origin: str
    other_origin: str


def fill_shelf(shelf: Shelf) -> None:
    """Put the private packages of the index on a shelf."""
    for name in ("acme-core", "acme-pricing"):
        shelf.add_project(PACKAGES / name)


def fill_repositories(estate: Estate) -> None:
    """Create every repository of the estate."""
    tax = read_tree(PACKAGES / "acme-tax")
    _create_tax(estate.create(TAX), tax)
    estate.create(MONOREPO).commit(
        GitCommit(files=_below("libraries/acme-tax", tax), tags=("v2.1.0",))
    )
    rates = estate.create(RATES).commit(GitCommit(files={"rates.csv": "DE,0.19\n"}))
    partner = estate.create(PARTNER_RATES).commit(GitCommit(files={"rates.csv": "DE,0.07\n"}))
    estate.create(WITH_SUBMODULE).commit(
        GitCommit(
            files=_renamed(tax, "acme-tax-with-submodule"),
            tags=("v1.0.0",),
            submodules={"src/acme_tax/data": (f"{estate.git_origin}{RATES}", rates)},
        )
    )
    estate.create(WITH_FOREIGN_SUBMODULE).commit(
        GitCommit(
            files=_renamed(tax, "acme-tax-with-foreign-submodule"),
            tags=("v1.0.0",),
            submodules={"src/acme_tax/data": (f"{estate.other_origin}{PARTNER_RATES}", partner)},
        )
    )
    estate.create(WITH_LFS).commit(GitCommit(files=_models(tax), tags=("v1.0.0",)))


def _create_tax(repository: GitRepository, tax: Files) -> None:
    # The first release knew fewer countries.
    first = {name: _first_release(name, content) for name, content in tax.items()}
    repository.commit(GitCommit(files=first, tags=("v1.0.0",), message="Release 1.0.0"))
    repository.commit(GitCommit(files=tax, tags=("v2.1.0",), message="Add Switzerland and Japan"))


def _first_release(name: str, content: str | bytes) -> str:
    text = _text(content)
    if name == "pyproject.toml":
        return text.replace('version = "2.1.0"', 'version = "1.0.0"')
    return "\n".join(line for line in text.split("\n") if '"CH"' not in line and '"JP"' not in line)


def _models(tax: Files) -> Files:
    return _renamed(tax, "acme-models") | {
        ".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n",
        "src/acme_tax/model.bin": _LFS_POINTER,
    }


def _renamed(tax: Files, name: str) -> dict[str, str | bytes]:
    project = _text(tax["pyproject.toml"])
    # The data of a submodule, and a model, belong to what is built.
    project = project.replace('name = "acme-tax"', f'name = "{name}"')
    project = project.replace('["py.typed"]', '["py.typed", "data/*", "*.bin"]')
    return {**tax, "pyproject.toml": project}


def _below(folder: str, files: Files) -> Files:
    return {f"{folder}/{name}": content for name, content in files.items()}


def _text(content: str | bytes) -> str:
    return content.decode() if isinstance(content, bytes) else content
