"""What has only a source is built while versions are chosen, and pinned."""

from __future__ import annotations

import pytest

from lading.commands.lock import LockOptions
from lading.core.errors import ResolutionError
from lading.core.lock.diff import render_diff
from local_sources import GitCommit
from tests.commands.lock.desk import Desk, offer_public, versions


def test_a_private_source_archive_is_not_passed_over_for_an_older_wheel(backed: Desk) -> None:
    backed.sources.add_wheel("acme-quote", "1.9")
    backed.sources.add_sdist("acme-quote", "2.0", requires=["acme-shared"])
    backed.sources.add_wheel("acme-shared", "1.0")
    backed.ask("acme-quote")
    found = backed.lock().lock
    (source,) = found.sources
    assert (source.kind, source.name, source.version) == ("archive", "acme-quote", "2.0")
    assert versions(found)["acme-shared"] == "1.0 acme"
    assert [pin.partition("==")[0] for pin in source.build_requires] == ["setuptools"]
    assert [file.name for file in found.build_files] == ["setuptools"]
    assert backed.read() == found


def test_a_source_that_only_building_explains_is_built_with_the_broker_closed(
    backed: Desk,
) -> None:
    backed.sources.add_wheel("acme-quote", "1.9")
    backed.sources.add_wheel("acme-shared", "1.0")
    backed.sources.add_sdist(
        "acme-quote",
        "2.0",
        dynamic=True,
        setup_py=(
            "import os\n"
            "from setuptools import setup\n"
            "assert not [name for name in os.environ if 'INDEX' in name], os.environ\n"
            "setup(name='acme-quote', version='2.0', install_requires=['acme-shared'])\n"
        ),
    )
    backed.ask("acme-quote")
    found = backed.lock().lock
    assert versions(found) == {"acme-quote": "2.0 archive", "acme-shared": "1.0 acme"}
    assert any("building acme-quote 2.0" in line for line in backed.told.lines)


def test_build_requirements_that_are_private_source_archives_are_locked_too(
    backed: Desk,
) -> None:
    backed.sources.add_sdist("acme-backend", "0.3")
    backed.sources.add_sdist(
        "acme-quote", "2.0", build_requires=["setuptools", "acme-backend>=0.2"]
    )
    backed.ask("acme-quote")
    found = backed.lock().lock
    assert [source.name for source in found.sources] == ["acme-quote"]
    assert [source.name for source in found.build_sources] == ["acme-backend"]
    assert found.build_sources[0].build_requires
    text = backed.explain("acme-backend")
    assert "needed by:   the build of acme-quote" in text


def test_sources_that_need_each_other_to_be_built_are_refused(backed: Desk) -> None:
    backed.sources.add_sdist("acme-hen", "1.0", build_requires=["setuptools", "acme-egg"])
    backed.sources.add_sdist("acme-egg", "1.0", build_requires=["setuptools", "acme-hen"])
    backed.ask("acme-hen")
    with pytest.raises(ResolutionError, match="acme-hen needs acme-egg needs acme-hen"):
        backed.lock()


def test_a_git_requirement_is_pinned_to_its_commit_and_stays_there(backed: Desk) -> None:
    repository = backed.sources.add_git_repository(
        "/acme/platform/_git/acme-rules", GitCommit(files=source_tree_of("acme-rules", "1.0"))
    )
    backed.ask(f"acme-rules @ git+{backed.sources.git.origin}/acme/platform/_git/acme-rules@main")
    first = backed.lock().lock
    assert [(source.kind, source.commit) for source in first.sources] == [
        ("git", repository.resolve("main"))
    ]
    repository.commit(GitCommit(files=source_tree_of("acme-rules", "1.1")))
    assert backed.lock().lock == first
    moved = backed.lock(LockOptions(upgrade_packages=("acme_rules",)))
    assert [(source.version, source.commit) for source in moved.lock.sources] == [
        ("1.1", repository.resolve("main"))
    ]
    assert "| acme-rules | 1.0 → 1.1 |" in render_diff(moved.diff)


def test_a_link_in_metadata_is_followed_and_pinned(backed: Desk) -> None:
    url = f"git+{backed.sources.tax_url}@v1.0.0"
    backed.sources.add_wheel("acme-quote", "1.4", requires=[f"acme-tax @ {url}"])
    offer_public(backed.sources, "acme-tax", "99.0")
    backed.ask("acme-quote")
    found = backed.lock().lock
    assert versions(found) == {"acme-quote": "1.4 acme", "acme-tax": "1.0.0 git"}


def test_two_places_for_one_name_are_a_conflict_that_names_both(backed: Desk) -> None:
    tax = f"acme-tax @ git+{backed.sources.tax_url}"
    backed.sources.add_wheel("acme-quote", "1.4", requires=[f"{tax}@v1.0.0"])
    backed.ask("acme-quote", f"{tax}@v2.1.0")
    with pytest.raises(ResolutionError) as caught:
        backed.lock()
    assert "functionapp/requirements.txt:2" in caught.value.message
    assert "acme-quote 1.4" in caught.value.message
    assert "v1.0.0" in caught.value.message
    assert "v2.1.0" in caught.value.message


def source_tree_of(name: str, version: str) -> dict[str, str]:
    return {
        "pyproject.toml": (
            "[build-system]\n"
            'requires = ["setuptools"]\n'
            'build-backend = "setuptools.build_meta"\n'
            "[project]\n"
            f'name = "{name}"\n'
            f'version = "{version}"\n'
        ),
        f"{name.replace('-', '_')}.py": f'VERSION = "{version}"\n',
    }
