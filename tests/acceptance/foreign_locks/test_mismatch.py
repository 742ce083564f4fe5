"""What a lock lacks for Azure, and what two of them say, is told."""

from __future__ import annotations

import hashlib
from pathlib import Path

from local_sources import LocalSources
from tests.support import make_project
from tests.user import User, modules


def pylock(sources: LocalSources, *names: str, tag: str = "py3-none-any") -> str:
    """Return a pylock.toml that has 1.0 of private packages, each with one wheel."""
    lines = ['lock-version = "1.0"', 'created-by = "pip"']
    for name in names:
        filename = f"{name.replace('-', '_')}-1.0-{tag}.whl"
        content = (sources.private_packages.folder / filename).read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        wheel = f'url = "{sources.index_url}{filename}", hashes = {{ sha256 = "{digest}" }}'
        lines += [
            "[[packages]]",
            f'name = "{name}"',
            'version = "1.0"',
            f"wheels = [{{ {wheel} }}]",
        ]
    return "\n".join(lines) + "\n"


def locked_project(folder: Path, sources: LocalSources, files: dict[str, str]) -> Path:
    """Return a project whose app names its pyproject.toml, which asks for acme-top."""
    asked = '[project]\nname = "orders"\nversion = "1"\ndependencies = ["acme-top"]\n'
    root = make_project(
        folder, sources=sources, files={"functionapp/pyproject.toml": asked, **files}
    )
    text = (root / "pyproject.toml").read_text()
    (root / "pyproject.toml").write_text(text.replace("requirements.txt", "pyproject.toml"))
    return root


def test_what_a_lock_for_another_machine_lacks_is_told(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    linux = 'acme-linux ; sys_platform == "linux"'
    sources.add_wheel("acme-top", "1.0", files={"acme_top.py": ""}, requires=[linux])
    sources.add_wheel("acme-linux", "1.0", files={"acme_linux.py": ""})
    files = {"functionapp/pylock.toml": pylock(sources, "acme-top")}
    said = user.types(locked_project(tmp_path / "p", sources, files), "build")
    assert said.code == 5, said.text
    told = " ".join(said.stderr.split())
    assert "functionapp/pylock.toml does not have acme-linux, and acme-top 1.0 may need it" in told

    sources.add_wheel("acme-top", "1.0", files={"acme_top.py": ""}, tag="cp311-cp311-win_amd64")
    files = {"functionapp/pylock.toml": pylock(sources, "acme-top", tag="cp311-cp311-win_amd64")}
    said = user.types(locked_project(tmp_path / "q", sources, files), "build")
    assert said.code == 2, said.text
    assert "No wheel found matching" in said.stderr
    assert "lock for that platform too" in said.stderr


def test_two_locks_and_one_that_is_older_than_its_pyproject(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    for name in ("acme-top", "acme-more"):
        module = name.replace("-", "_")
        sources.add_wheel(name, "1.0", files={f"{module}.py": "VERSION = '1.0'\n"})
    poetry = '[[package]]\nname = "acme-top"\nversion = "0.9"\ngroups = ["main"]\nfiles = []\n'
    poetry += '[metadata]\nlock-version = "2.1"\npython-versions = "*"\ncontent-hash = "0"\n'
    files = {
        "functionapp/pylock.toml": pylock(sources, "acme-more"),
        "functionapp/poetry.lock": poetry,
    }
    project = locked_project(tmp_path / "p", sources, files)
    said = user.types(project, "build")
    assert said.code == 2, said.text
    told = " ".join(said.stderr.split())
    assert "acme-top 0.9 is in functionapp/poetry.lock and not in functionapp/pylock.toml" in told
    text = (project / "pyproject.toml").read_text()
    (project / "pyproject.toml").write_text(text.replace("app/pyproject.toml", "app/pylock.toml"))
    for words in ((), ("--frozen",)):
        told = " ".join(user.builds(project, *words).stderr.split())
        assert "functionapp/poetry.lock chooses differently and is not used" in told
        assert "acme-top is asked for and not in it; it is built as it is" in told
        assert modules(project) == {"acme_more": "VERSION = '1.0'\n"}
