from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from lading.core.config import Project
from lading.core.errors import ConfigError, RequirementsError
from lading.core.requirements import NamedRequirement, PathRequirement
from lading.edges.workspace import read_environment, read_project
from lading.edges.workspace.app_files import scan_app_files
from lading.edges.workspace.requirements import read_requirements
from tests.support import require

CONFIGURATION = """
[tool.lading.apps.orders]
folder = "app"
python = "3.13"
"""
AMBIENT = {"PATH": os.environ["PATH"]}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a project with one app of one function."""
    write(tmp_path, "pyproject.toml", CONFIGURATION)
    write(tmp_path, "app/host.json", "{}")
    write(tmp_path, "app/function_app.py", "")
    write(tmp_path, "app/requirements.txt", "x\n")
    return tmp_path


def write(root: Path, name: str, content: str | bytes) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def names(root: Path) -> list[str]:
    project = read_project(root)
    return [file.name for file in scan_app_files(project, project.apps[0], ambient=AMBIENT)]


def requirement_names(root: Path) -> list[str]:
    project = read_project(root)
    return [item.name for item in read_requirements(project, project.apps[0]).named]


def refusal(root: Path) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        names(root)
    return caught.value.problems


def test_a_project_is_found_from_any_folder_in_it(root: Path) -> None:
    write(root, "app/deep/pyproject.toml", "[project]\nname = 'another tool'\n")

    project = read_project(root / "app" / "deep")

    assert project.root == root.resolve()
    assert [app.name for app in project.apps] == ["orders"]


def test_a_folder_without_a_project_is_told_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no pyproject.toml with \[tool.lading\]") as caught:
        read_project(tmp_path)

    assert "[tool.lading.apps.orders]" in caught.value.remedy


def test_a_pyproject_with_a_bom_is_read_and_a_broken_one_names_its_line(tmp_path: Path) -> None:
    write(tmp_path, "pyproject.toml", b"\xef\xbb\xbf" + CONFIGURATION.encode())
    assert read_project(tmp_path).apps[0].name == "orders"

    write(tmp_path, "pyproject.toml", "[tool.lading]\nx = \n")
    with pytest.raises(ConfigError, match="line 2"):
        read_project(tmp_path)


def test_the_real_environment_wins_over_the_file(root: Path) -> None:
    write(
        root,
        ".env",
        "# comment\nA=file\nB=${A}-${HOME}\nexport C='c d'\nD=${NOTHING:-default}\nEMPTY\n",
    )

    assert read_environment(root, {"A": "real", "HOME": "/h"}) == {
        "A": "real",
        "HOME": "/h",
        "B": "real-/h",
        "C": "c d",
        "D": "default",
    }


def test_without_a_file_the_environment_is_the_real_one(root: Path) -> None:
    assert read_environment(root, {"A": "1"}) == {"A": "1"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_requirements_are_read_in_the_encodings_of_all_shells(root: Path, encoding: str) -> None:
    write(root, "app/requirements.txt", "b==1\r\n-r more.txt\r\n".encode(encoding))
    write(root, "app/more.txt", "c".encode(encoding))

    assert requirement_names(root) == ["b", "c"]


def test_requirements_that_are_not_text_are_refused(root: Path) -> None:
    write(root, "app/requirements.txt", "gr\u00f6\u00dfer".encode("latin-1"))

    with pytest.raises(RequirementsError, match=r"app/requirements.txt: cannot be read"):
        requirement_names(root)


def test_included_files_are_read_from_anywhere_in_the_project(root: Path) -> None:
    write(root, "app/requirements.txt", "-r ../shared/base.txt\n-c limits.txt\n")
    write(root, "shared/base.txt", "-r more.txt\n-r ../app/requirements.txt\n")
    write(root, "shared/more.txt", "m\n")
    write(root, "app/limits.txt", "m<2\n")
    project = read_project(root)

    requirements = read_requirements(project, project.apps[0])

    assert [item.name for item in requirements.named] == ["m"]
    assert requirements.constraints == (
        NamedRequirement(name="m", text="m<2", origin="app/limits.txt:1"),
    )


def test_a_symbolic_link_does_not_lead_an_included_file_out_of_the_project(root: Path) -> None:
    with tempfile.TemporaryDirectory() as outside:
        write(Path(outside), "secret.txt", "x")
        (root / "app/link.txt").symlink_to(Path(outside, "secret.txt"))
        write(root, "app/requirements.txt", "-r link.txt\n")

        with pytest.raises(RequirementsError, match=r"there is no file app/link.txt"):
            requirement_names(root)


def test_missing_requirements_name_the_key_to_correct(root: Path) -> None:
    (root / "app/requirements.txt").unlink()

    with pytest.raises(RequirementsError, match=r"app/requirements.txt: there is no such file"):
        requirement_names(root)


def test_a_lock_of_pipenv_is_refused_with_what_to_write(root: Path) -> None:
    write(root, "pyproject.toml", f'{CONFIGURATION}requirements = "Pipfile.lock"\n')

    with pytest.raises(RequirementsError, match="pipenv requirements --hash"):
        requirement_names(root)


@pytest.mark.parametrize("name", ["uv.lock", "poetry.lock", "pylock.toml", "pylock.prod.toml"])
def test_a_lock_that_is_no_toml_is_told_with_its_line(root: Path, name: str) -> None:
    write(root, "pyproject.toml", f'{CONFIGURATION}requirements = "app/{name}"\n')
    write(root, f"app/{name}", "version = 1\n<<<<<<< HEAD\n")

    with pytest.raises(ConfigError, match=rf"app/{name}: .*line 2"):
        requirement_names(root)


def test_a_pyproject_can_hold_the_requirements(root: Path) -> None:
    write(
        root,
        "pyproject.toml",
        '[project]\nname = "x"\ndependencies = ["a"]\n[dependency-groups]\nprod = ["p"]\n'
        f'{CONFIGURATION}requirements = "pyproject.toml"\ngroups = ["prod"]\n',
    )

    assert requirement_names(root) == ["a", "p"]


def test_the_fingerprint_covers_what_a_path_says_about_itself(root: Path) -> None:
    def fingerprint() -> str:
        project = read_project(root)
        return read_requirements(project, project.apps[0]).fingerprint

    write(root, "app/requirements.txt", "./lib\n")
    write(root, "app/lib/pyproject.toml", "[project]\nname = 'lib'\n")
    first = fingerprint()

    write(root, "app/lib/module.py", "changed = True\n")
    write(root, "app/lib/pyproject.toml", "[project]\r\nname = 'lib'\r\n")
    assert fingerprint() == first

    write(root, "app/lib/pyproject.toml", "[project]\nname = 'lib'\ndependencies = ['y']\n")
    assert fingerprint() != first


def test_a_path_that_is_not_there_is_told_with_its_line(root: Path) -> None:
    write(root, "app/requirements.txt", "./lib\n\n./empty\n./ok\n./w-1-py3-none-any.whl\n")
    write(root, "app/ok/setup.py", "")
    write(root, "app/w-1-py3-none-any.whl", b"wheel")
    (root / "app/empty").mkdir()
    project = read_project(root)

    with pytest.raises(RequirementsError) as caught:
        read_requirements(project, project.apps[0])

    assert caught.value.problems == (
        f"app/requirements.txt:1: there is no app/lib in {root}",
        "app/requirements.txt:3: app/empty has neither pyproject.toml nor setup.py",
    )


def test_a_path_outside_of_the_project_is_read(root: Path) -> None:
    with tempfile.TemporaryDirectory(dir=root.parent) as outside:
        write(Path(outside), "pyproject.toml", "")
        place = f"../{Path(outside).name}"
        write(root, "app/requirements.txt", f"../{place}\n")
        project = read_project(root)

        assert read_requirements(project, project.apps[0]).direct == (
            PathRequirement(name=None, path=place, origin="app/requirements.txt:1"),
        )


def test_the_apps_files_are_found_sorted_and_without_what_never_leaves(root: Path) -> None:
    for name in (
        *("app/a/b.py", "app/a.py", "app/requirements.lock", "app/sources.lock"),
        *("app/.env", "app/local.settings.json", "app/.git/config", "app/a/__pycache__/b.pyc"),
        *("app/.python_packages/lib/x.py", "app/environment/pyvenv.cfg", "app/environment/x.py"),
        *("app/static/dist/x.js", "dist/orders.zip"),
    ):
        write(root, name, "")

    assert names(root) == [
        "a.py",
        "a/b.py",
        "function_app.py",
        "host.json",
        "requirements.lock",
        "requirements.txt",
        "sources.lock",
        "static/dist/x.js",
    ]


def test_an_app_at_the_root_does_not_pack_what_lading_writes(root: Path) -> None:
    write(root, "pyproject.toml", CONFIGURATION.replace('"app"', '"."'))
    write(root, "host.json", "{}")
    write(root, "dist/orders.zip", "")

    assert names(root) == [
        "app/function_app.py",
        "app/host.json",
        "app/requirements.txt",
        "host.json",
        "pyproject.toml",
    ]


def test_funcignore_is_obeyed_in_any_encoding(root: Path) -> None:
    write(root, "app/.funcignore", "*.txt\ntests/\n".encode("utf-16"))
    write(root, "app/tests/test_x.py", "")

    assert names(root) == ["function_app.py", "host.json"]


def test_a_funcignore_that_leaves_out_the_host_is_refused(root: Path) -> None:
    write(root, "app/.funcignore", "*.json\n")

    assert refusal(root) == ("app: host.json is left out by .funcignore",)


def test_a_folder_without_a_host_is_no_app(root: Path) -> None:
    (root / "app/host.json").unlink()

    (problem,) = refusal(root)
    assert problem.startswith("app: has no host.json")


def test_links_that_leave_loop_or_reach_what_is_never_packed_are_refused(root: Path) -> None:
    write(root, "outside.txt", "")
    write(root, "app/.env", "TOKEN=1")
    app = root / "app"
    (app / "1").symlink_to(root / "outside.txt")
    (app / "2").symlink_to(app)
    (app / "3").symlink_to(app / ".env")
    (app / "4").symlink_to(app / "nothing")
    (app / "5").mkdir()
    (app / "5" / "up").symlink_to(app / "5")
    os.mkfifo(app / "6")

    assert refusal(root) == (
        "app: '1' is a symbolic link that leaves the app's folder",
        "app: '2' is a symbolic link to a folder above it",
        "app: '3' is a symbolic link to something that is never packed",
        "app: '4' is a symbolic link to nothing",
        "app: '5/up' is a symbolic link to a folder above it",
        "app: 6 is neither a file nor a folder",
    )


def test_links_inside_the_app_are_followed(root: Path) -> None:
    write(root, "app/code/x.py", "x")
    (root / "app/copy").symlink_to(root / "app/code")
    (root / "app/y.py").symlink_to(root / "app/code/x.py")

    assert names(root) == [
        "code/x.py",
        "copy/x.py",
        "function_app.py",
        "host.json",
        "requirements.txt",
        "y.py",
    ]


def executables(project: Project) -> list[str]:
    files = scan_app_files(project, project.apps[0], ambient=AMBIENT)
    return [file.name for file in files if file.executable]


def git(folder: Path, *words: str) -> None:
    require("git")
    subprocess.run(["git", *words], cwd=folder, check=True, env=AMBIENT, capture_output=True)


def test_git_says_what_is_executable_and_the_disk_does_not(root: Path) -> None:
    write(root, "app/ä run.sh", "")
    write(root, "app/untracked.sh", "").chmod(0o755)
    write(root, "app/plain.sh", "").chmod(0o755)
    (root / "app/link.sh").symlink_to(root / "app/ä run.sh")
    git(root, "init", "-q")
    git(root, "add", "app/ä run.sh", "app/plain.sh", "app/link.sh")
    git(root, "update-index", "--chmod=+x", "app/ä run.sh")
    git(root, "update-index", "--chmod=-x", "app/plain.sh")

    assert executables(read_project(root)) == ["link.sh", "ä run.sh"]


@pytest.mark.skipif(
    getattr(os, "geteuid", int)() != 0 or os.name == "nt",
    reason="only root can give a folder to somebody else",
)
def test_a_checkout_of_another_user_gives_the_same(root: Path) -> None:
    write(root, "app/run.sh", "")
    git(root, "init", "-q")
    git(root, "add", "app/run.sh")
    git(root, "update-index", "--chmod=+x", "app/run.sh")
    # What a hostile repository would have Git start.
    git(root, "config", "core.fsmonitor", f"touch {root}/started")
    for path in (root, *root.rglob("*")):
        os.chown(path, 12345, 12345)

    assert executables(read_project(root)) == ["run.sh"]
    assert not (root / "started").exists()


def test_without_git_nothing_is_executable(root: Path) -> None:
    write(root, "app/run.sh", "").chmod(0o755)
    project = read_project(root)

    for ambient in (AMBIENT, {"PATH": str(root)}):
        files = scan_app_files(project, project.apps[0], ambient=ambient)
        assert [file.name for file in files if file.executable] == []


UNREADABLE = {
    "dependencies that only a build tells": (
        '[project]\nname = "shared"\ndynamic = ["dependencies"]\n',
        "dependencies that only a build tells cannot be read",
    ),
    "an index of its own": (
        '[project]\nname = "shared"\ndependencies = ["inner"]\n',
        "uv takes inner from an index of its own",
    ),
    "a line that is none": (
        '[project]\nname = "shared"\ndependencies = ["inner >>> 1"]\n',
        "shared/pyproject.toml:project.dependencies[0]",
    ),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_places_of_a_required_folder_are_never_passed_over(root: Path, case: str) -> None:
    head, why = UNREADABLE[case]
    write(root, "app/requirements.txt", "../shared\n")
    write(root, "shared/pyproject.toml", f'{head}[tool.uv.sources]\ninner = {{ index = "own" }}\n')
    with pytest.raises(RequirementsError) as caught:
        requirement_names(root)
    assert why in caught.value.message
    assert "shared/pyproject.toml" in caught.value.message


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_required_folder_without_places_is_left_to_its_metadata(root: Path, case: str) -> None:
    write(root, "app/requirements.txt", "../shared\n")
    write(root, "shared/pyproject.toml", UNREADABLE[case][0])
    assert requirement_names(root) == []
