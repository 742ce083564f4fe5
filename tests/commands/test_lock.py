"""`lock` with uv, the broker and the private sources of this machine."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from lading.commands import Edges
from lading.commands.explain import explain
from lading.commands.lock import LockOptions, lock
from lading.core.errors import LadingError, ResolutionError, SourceError
from lading.core.lock import Lock
from lading.core.lock.diff import render_diff
from lading.core.lock.explanation import render_explanation_text
from lading.core.lock.report import LockOutcome, render_lock_json, render_lock_text
from lading.edges.lock_folder import read_lock
from lading.edges.store import Store
from lading.edges.workspace import read_project
from local_sources import GitCommit, LocalSources
from local_sources.faults import Fault
from tests.support import make_project


@dataclass
class Told:
    """Progress that a test reads."""

    lines: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Keep a note."""
        self.lines.append(text)

    def warn(self, text: str) -> None:
        """Keep a warning."""
        self.lines.append(f"warning: {text}")

    def detail(self, text: str) -> None:
        """Keep a detail."""
        self.lines.append(text)


class Desk:
    """A project on this machine, and the commands as a user gives them."""

    def __init__(self, root: Path, sources: LocalSources, ambient: dict[str, str]) -> None:
        self.root = root
        self.sources = sources
        self.told = Told()
        self.ambient = {**sources.environment(ambient, public=True), **sources.credentials}
        self.edges = Edges(
            ambient=self.ambient,
            shell=self.ambient,
            store=Store(root.parent / "store"),
            progress=self.told,
            today=dt.date(2026, 11, 21),
            clock=time.monotonic,
            remember=lambda _: None,
        )

    def ask(self, *requirements: str) -> None:
        """Write the requirements."""
        path = self.root / "functionapp" / "requirements.txt"
        path.write_text("".join(f"{line}\n" for line in requirements), encoding="utf-8")

    def lock(self, options: LockOptions | None = None) -> LockOutcome:
        """Run `lock`."""
        project = read_project(self.root)
        # Each command meets the world anew, and keeps nothing of what it asked.
        edges = replace(self.edges, opened={})
        return lock(project, project.apps[0], options or LockOptions(), edges=edges)

    def read(self) -> Lock:
        """Read the lock from disk."""
        project = read_project(self.root)
        found = read_lock(project.root, project.apps[0])
        assert found is not None
        return found

    def explain(self, name: str) -> str:
        """Run `explain`."""
        project = read_project(self.root)
        return render_explanation_text(explain(project, project.apps[0], name))

    @property
    def text(self) -> str:
        """Return both files of the lock."""
        files = sorted((self.root / "functionapp").glob("*.lock"))
        return "".join(file.read_text("utf-8") for file in files)


@pytest.fixture
def desk(tmp_path: Path, sources: LocalSources, ambient: dict[str, str]) -> Desk:
    sources.passes_on = False
    root = make_project(tmp_path / "project", requirements=(), sources=sources)
    return Desk(root, sources, ambient)


@pytest.fixture
def backed(desk: Desk) -> Desk:
    """A desk whose public index also has what builds wheels."""
    desk.sources.passes_on = True
    return desk


def versions(found: Lock) -> dict[str, str]:
    return {thing.name: f"{thing.version} {place(thing)}" for thing in found.loaded}


def place(thing: object) -> str:
    return str(getattr(thing, "source", "") or getattr(thing, "kind", ""))


def offer_public(sources: LocalSources, name: str, version: str, *requires: str) -> None:
    sources.public_packages.add_wheel(name, version, requires=requires)


def test_a_private_name_comes_from_its_source_and_its_requirements_too(desk: Desk) -> None:
    desk.sources.add_wheel("acme-quote", "1.4", requires=["acme-shared>=2", "wares"])
    desk.sources.add_wheel("acme-shared", "2.0")
    offer_public(desk.sources, "wares", "3.0")
    desk.ask("acme-quote")
    outcome = desk.lock()
    assert versions(outcome.lock) == {
        "acme-quote": "1.4 acme",
        "acme-shared": "2.0 acme",
        "wares": "3.0 default",
    }
    assert desk.read() == outcome.lock
    assert outcome.files == ("functionapp/requirements.lock",)
    assert render_lock_text(outcome).startswith("orders: 3 wheels, 0 sources to build for Python")
    names = [one["name"] for one in json.loads(render_lock_json(outcome))["distributions"]]
    assert names == ["acme-quote", "acme-shared", "wares"]


def test_version_99_of_the_public_index_is_never_taken(desk: Desk) -> None:
    desk.sources.add_wheel("acme-deep", "1.0")
    offer_public(desk.sources, "acme-deep", "99.0")
    offer_public(desk.sources, "acme-pricing", "99.0")
    offer_public(desk.sources, "wares", "1.0", "acme-deep")
    desk.ask("wares", "acme-deep")
    assert versions(desk.lock().lock)["acme-deep"] == "1.0 acme"
    assert "99.0" not in desk.text


@pytest.mark.parametrize("fault", ["401", "404", "500", None])
@pytest.mark.parametrize("asked", ["acme-deep", "wares"])
def test_a_private_source_that_fails_is_an_error_and_no_way_to_the_public_index(
    desk: Desk, fault: Fault | None, asked: str
) -> None:
    desk.sources.add_wheel("acme-deep", "1.0")
    offer_public(desk.sources, "acme-deep", "99.0")
    offer_public(desk.sources, "wares", "1.0", "acme-deep")
    offer_public(desk.sources, "wares", "0.9")
    desk.ask(asked)
    if fault is None:
        desk.sources.index.stop()
    else:
        desk.sources.index.fail(fault)
    with pytest.raises(SourceError) as caught:
        desk.lock()
    assert caught.value.exit_code == 4
    assert "acme-deep" in caught.value.message
    assert "source acme" in caught.value.message
    assert caught.value.remedy
    assert not desk.text


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


def test_what_is_locked_stays_until_an_upgrade(desk: Desk) -> None:
    offer_public(desk.sources, "wares", "1.0", "parts")
    offer_public(desk.sources, "parts", "1.0")
    desk.ask("wares")
    first = desk.lock()
    assert first.changed
    offer_public(desk.sources, "wares", "2.0", "parts")
    offer_public(desk.sources, "parts", "2.0")
    again = desk.lock()
    assert (again.lock, again.changed) == (first.lock, False)
    assert render_diff(again.diff) == "The lock did not change.\n"
    one = desk.lock(LockOptions(upgrade_packages=("parts",)))
    assert versions(one.lock) == {"wares": "1.0 default", "parts": "2.0 default"}
    everything = desk.lock(LockOptions(upgrade=True))
    assert versions(everything.lock) == {"wares": "2.0 default", "parts": "2.0 default"}


def test_a_lock_that_still_answers_asks_no_index_for_versions(desk: Desk) -> None:
    desk.sources.add_wheel("acme-quote", "1.4", requires=["wares"])
    offer_public(desk.sources, "wares", "1.0")
    desk.ask("acme-quote")
    first = desk.lock().lock
    desk.told.lines.clear()
    desk.ask("acme-quote<2", "wares  # now asked for itself")
    found = desk.lock().lock
    assert versions(found) == versions(first)
    assert {file.name: file.required_by for file in found.files}["wares"] == (
        "acme-quote",
        "functionapp/requirements.txt",
    )
    # Only whether the declared source has a namesake is asked each time.
    assert [line for line in desk.told.lines if " GET " in line and "wares" not in line] == []


def test_a_name_that_was_declared_since_is_not_kept_from_the_public_index(desk: Desk) -> None:
    offer_public(desk.sources, "wares", "99.0")
    desk.sources.add_wheel("wares", "1.0")
    desk.ask("wares")
    assert versions(desk.lock().lock) == {"wares": "99.0 default"}
    configuration = desk.root / "pyproject.toml"
    text = configuration.read_text("utf-8").replace('["acme-*"]', '["acme-*", "wares"]')
    configuration.write_text(text, "utf-8")
    assert versions(desk.lock().lock) == {"wares": "1.0 acme"}


def test_a_feed_that_mirrors_everything_is_the_only_index(
    tmp_path: Path, sources: LocalSources, ambient: dict[str, str]
) -> None:
    root = make_project(tmp_path / "mirrored", requirements=(), sources=sources, feed="mirror")
    desk = Desk(root, sources, ambient)
    sources.public.fail("500")
    sources.add_sdist("acme-quote", "2.0", requires=["idna"])
    desk.ask("acme-quote")
    found = desk.lock().lock
    assert {file.source for file in (*found.files, *found.build_files)} == {"acme"}
    assert [file.name for file in found.build_files] == ["setuptools"]


def test_a_conflict_names_the_two_sides_and_no_address_of_the_broker(desk: Desk) -> None:
    offer_public(desk.sources, "left", "1.0", "parts<2")
    offer_public(desk.sources, "right", "1.0", "parts>=2")
    offer_public(desk.sources, "parts", "1.0")
    offer_public(desk.sources, "parts", "2.0")
    desk.ask("left", "right")
    with pytest.raises(ResolutionError) as caught:
        desk.lock()
    assert caught.value.exit_code == 5
    lines = caught.value.message.splitlines()
    assert lines[0] == "no version of parts satisfies everybody:"
    assert sorted(lines[1:3]) == [
        "  left (asked for in functionapp/requirements.txt) needs parts<2",
        "  right (asked for in functionapp/requirements.txt) needs parts>=2",
    ]
    assert "127.0.0.1" not in str(caught.value)


def test_a_public_name_that_nobody_has_is_named_with_who_wants_it(desk: Desk) -> None:
    offer_public(desk.sources, "wares", "1.0", "no-such-parts")
    desk.ask("wares")
    with pytest.raises(ResolutionError) as caught:
        desk.lock()
    assert "the default index has no package named no-such-parts" in caught.value.message
    assert "wares need it" in caught.value.message


def test_requirements_that_resolve_to_nothing_are_an_error(desk: Desk) -> None:
    offer_public(desk.sources, "wares", "1.0")
    desk.ask("wares ; sys_platform == 'win32'")
    with pytest.raises(ResolutionError, match="every marker is false"):
        desk.lock()


def test_markers_and_wheels_are_those_of_the_target_and_not_of_this_machine(desk: Desk) -> None:
    shelf = desk.sources.public_packages
    shelf.add_wheel("wares", "1.0", requires=["parts ; python_version == '3.13'"])
    shelf.add_wheel("parts", "1.0", tag="cp313-cp313-manylinux_2_28_x86_64")
    shelf.add_wheel("parts", "1.0", tag="cp313-cp313-win_amd64")
    shelf.add_wheel("parts", "1.0", tag="py3-none-any")
    shelf.add_wheel("parts", "2.0", tag="cp312-cp312-manylinux_2_28_x86_64")
    configuration = desk.root / "pyproject.toml"
    configuration.write_text(configuration.read_text("utf-8").replace('"3.11"', '"3.13"'), "utf-8")
    desk.ask("wares")
    found = desk.lock().lock
    assert [file.filename for file in found.files] == [
        "parts-1.0-cp313-cp313-manylinux_2_28_x86_64.whl",
        "wares-1.0-py3-none-any.whl",
    ]


def test_a_name_that_a_declared_source_also_has_is_told(desk: Desk) -> None:
    offer_public(desk.sources, "wares", "1.0")
    desk.sources.add_wheel("wares", "0.1")
    desk.ask("wares")
    (warning,) = desk.lock().warnings
    assert warning.startswith("wares comes from the default index, but acme has it too")
    assert f"warning: {warning}" in desk.told.lines


def test_files_that_were_replaced_under_the_same_name_are_told(desk: Desk) -> None:
    desk.sources.add_wheel("acme-quote", "1.4")
    desk.ask("acme-quote")
    desk.lock()
    desk.sources.add_wheel("acme-quote", "1.4", files={"acme_quote.py": "changed = True\n"})
    outcome = desk.lock(LockOptions(upgrade=True))
    assert len(outcome.warnings) == 1
    assert "other bytes" in outcome.warnings[0]
    assert "**other bytes**" in render_diff(outcome.diff)


def test_hashes_in_requirements_allow_only_their_files(desk: Desk) -> None:
    path = desk.sources.public_packages.add_wheel("wares", "1.0")
    sha256 = sha256_of(path)
    desk.ask(f"wares==1.0 --hash=sha256:{sha256}")
    assert [file.sha256 for file in desk.lock().lock.files] == [sha256]
    desk.ask(f"wares==1.0 --hash=sha256:{'0' * 64}")
    with pytest.raises(ResolutionError):
        desk.lock()


def test_no_address_and_no_credential_is_in_the_lock(backed: Desk) -> None:
    backed.sources.add_sdist("acme-quote", "2.0")
    backed.ask("acme-quote", f"acme-tax @ git+{backed.sources.tax_url}@v2.1.0")
    backed.lock()
    text = backed.text
    assert backed.sources.tax_url in text
    remaining = text.replace(backed.sources.tax_url, "")
    assert "http" not in remaining
    assert "127.0.0.1" not in text
    for secret in (backed.sources.token, backed.sources.git_token):
        assert secret not in text


def test_pip_installs_from_the_first_file(desk: Desk, tmp_path: Path) -> None:
    desk.sources.add_wheel("acme-quote", "1.4", requires=["wares"])
    offer_public(desk.sources, "wares", "1.0")
    desk.ask("acme-quote")
    desk.lock()
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    for shelf in (desk.sources.private_packages, desk.sources.public_packages):
        for path in shelf.folder.glob("*.whl"):
            (wheels / path.name).write_bytes(path.read_bytes())
    target = tmp_path / "installed"
    run_pip(
        [
            *("install", "--no-index", "--find-links", str(wheels), "--require-hashes"),
            *("--no-deps", "--target", str(target)),
            *("-r", str(desk.root / "functionapp" / "requirements.lock")),
        ],
        desk.ambient,
    )
    assert {path.name for path in target.glob("*.dist-info")} == {
        "acme_quote-1.4.dist-info",
        "wares-1.0.dist-info",
    }


def test_explain_tells_who_asked_and_what_was_taken(desk: Desk) -> None:
    desk.sources.add_wheel("acme-quote", "1.4", requires=["wares"])
    offer_public(desk.sources, "wares", "1.0")
    desk.ask("acme-quote")
    desk.lock()
    text = desk.explain("Wares")
    assert "wares 1.0" in text
    assert "functionapp/requirements.txt → acme-quote → wares" in text
    assert "wares-1.0-py3-none-any.whl" in text


def test_a_damaged_lock_is_not_overwritten_without_being_asked(desk: Desk) -> None:
    offer_public(desk.sources, "wares", "1.0")
    desk.ask("wares")
    desk.lock()
    path = desk.root / "functionapp" / "requirements.lock"
    path.write_text(path.read_text("utf-8").replace("    # wares-1.0", "    # other-1.0"), "utf-8")
    with pytest.raises(LadingError) as caught:
        desk.lock()
    assert caught.value.exit_code == 6
    assert desk.lock(LockOptions(upgrade=True)).changed


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


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def run_pip(words: Sequence[str], environment: dict[str, str]) -> None:
    command = [sys.executable, "-I", "-m", "pip", "--isolated", "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, *words], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
