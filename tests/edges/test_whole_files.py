"""Files and folders appear whole or not at all, also when the process is killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lading.core.errors import DiskError
from lading.edges.whole_files import replaced_file, replaced_folder, update_text

TOOLS = str(Path(__file__).parents[2] / "tools")


def write(path: Path, content: bytes) -> None:
    with replaced_file(path) as file:
        file.write(content)


def fill(path: Path, **files: str) -> None:
    with replaced_folder(path) as folder:
        for name, content in files.items():
            (folder / name).write_text(content)


def write_half(path: Path) -> None:
    with replaced_file(path) as file:
        file.write(b"half")
        raise KeyboardInterrupt


def fill_half(path: Path) -> None:
    with replaced_folder(path) as folder:
        (folder / "new").write_text("half")
        raise OSError("full")


def test_a_file_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "dist" / "a.zip"
    write(path, b"one")
    write(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(path.parent.iterdir()) == [path]


def test_a_failure_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    write(path, b"one")
    with pytest.raises(KeyboardInterrupt):
        write_half(path)
    assert path.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_replaced_and_never_merged_with(tmp_path: Path) -> None:
    path = tmp_path / "lib" / "site-packages"
    fill(path, old="1", both="1")
    fill(path, new="2", both="2")
    assert sorted(one.name for one in path.iterdir()) == ["both", "new"]
    assert (path / "both").read_text() == "2"
    assert list(path.parent.iterdir()) == [path]


def test_a_failure_leaves_the_old_folder(tmp_path: Path) -> None:
    path = tmp_path / "site-packages"
    fill(path, old="1")
    with pytest.raises(DiskError, match="site-packages cannot be written: full"):
        fill_half(path)
    assert [one.name for one in path.iterdir()] == ["old"]
    assert list(tmp_path.iterdir()) == [path]


def test_a_disk_that_refuses_is_told_by_the_place(tmp_path: Path) -> None:
    (tmp_path / "dist").write_text("a file in the folder's place")
    with pytest.raises(DiskError, match=r"a\.zip cannot be written: "):
        write(tmp_path / "dist" / "a.zip", b"")
    with pytest.raises(DiskError, match="site-packages cannot be written: "):
        fill(tmp_path / "dist" / "lib" / "site-packages", new="1")
    (tmp_path / "b.zip").mkdir()
    with pytest.raises(DiskError, match=r"b\.zip cannot be written: "):
        write(tmp_path / "b.zip", b"")


KILLED = """\
import sys, time
from pathlib import Path
from lading.edges.whole_files import replaced_file, replaced_folder
path = Path(sys.argv[1])
with (replaced_file if sys.argv[2] == "file" else replaced_folder)(path) as place:
    if sys.argv[2] == "file":
        place.write(b"half")
        place.flush()
    else:
        (place / "half").write_text("half")
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_a_killed_run_left_goes_and_what_a_running_one_writes_stays(
    tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "a.zip"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", KILLED, str(path), kind],
            env={"PYTHONPATH": TOOLS},
            stdout=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
        assert not path.exists()
        assert len(list(tmp_path.iterdir())) == 2
        processes[0].send_signal(signal.SIGKILL)
        processes[0].wait()
        write(path, b"whole") if kind == "file" else fill(path, whole="1")
        assert len(list(tmp_path.iterdir())) == 2, "the new one, and what is being written"
    finally:
        for process in processes:
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()
    assert path.read_bytes() == b"whole" if kind == "file" else (path / "whole").exists()


def test_a_text_that_is_there_already_is_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "dist" / "a.json"
    update_text(path, "{}\n")
    first = path.stat().st_ino
    update_text(path, "{}\n")
    assert path.stat().st_ino == first
    update_text(path, "[]\n")
    assert path.read_text("utf-8") == "[]\n"


def test_runs_that_write_the_same_file_at_once_do_not_clear_one_another_away(
    tmp_path: Path,
) -> None:
    path = tmp_path / "orders.zip"

    def write_often(number: int) -> None:
        for _ in range(40):
            write(path, b"%d" % number)

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(write_often, range(6))) == [None] * 6
    assert [left.name for left in tmp_path.iterdir()] == ["orders.zip"]
