"""An image is built with access to the sources; no layer and no line of its history tells how."""

from __future__ import annotations

import base64
import gzip
import io
import json
import os
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lading.core.secret import encodings
from local_sources import LocalSources
from tests.support import leave_out, make_project, require
from tests.user import User

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="buildah is Linux's")

# As the README says it, in an image that has nothing of its own.
RECIPE = f"""
FROM scratch
RUN --mount=type=secret,id=index \\
    PIP_INDEX_URL="$(cat /run/secrets/index)" {sys.executable} -m pip install --no-cache-dir \\
    --target /site acme-core
"""
# What a hurried person writes instead: the door's address stays in the image.
CARELESS = f"""
FROM scratch
ARG PIP_INDEX_URL
ENV PIP_INDEX_URL=$PIP_INDEX_URL
RUN {sys.executable} -m pip install --no-cache-dir --target /site acme-core
"""
# Notes the door's address, for the search, and builds.
TOOL = """
import os, pathlib, subprocess, sys
pathlib.Path(sys.argv[1]).write_text(os.environ["PIP_INDEX_URL"])
argument = "--build-arg=PIP_INDEX_URL=" + os.environ["PIP_INDEX_URL"]
words = [argument if word == "ARGUMENT" else word for word in sys.argv[3:]]
subprocess.run(words, check=True)
storage = [word for word in words if word.startswith(("--root", "--runroot", "--storage"))]
subprocess.run(["buildah", *storage, "push", "built", "oci:" + sys.argv[2]], check=True)
"""


@pytest.fixture
def project(sources: LocalSources, tmp_path: Path) -> Path:
    require("buildah")
    if os.geteuid() != 0:
        leave_out("buildah's chroot isolation wants root here")
    return make_project(tmp_path / "project", sources=sources)


def build_image(user: User, project: Path, recipe: str, *options: str) -> tuple[str, list[bytes]]:
    """Build an image under with-access; return the door's address and everything in the image."""
    (project / "Containerfile").write_text(recipe)
    storage = (f"--root={project}/root", f"--runroot={project}/run", "--storage-driver=vfs")
    # What the image lacks, its interpreter too, is this machine's.
    folders = {"/bin", "/etc", "/lib", "/lib64", "/usr", sys.prefix, sys.base_prefix}
    volumes = [
        f"--volume={folder}:{folder}:ro" for folder in sorted(folders) if Path(folder).exists()
    ]
    command = (
        "buildah",
        *storage,
        "bud",
        "--isolation=chroot",
        "--tag=built",
        *volumes,
        *options,
        ".",
    )
    said = user.types(
        project,
        *("with-access", "--", sys.executable, "-c", TOOL),
        *(str(project / "door"), str(project / "image"), *command),
    )
    assert said.code == 0, said.text
    return (project / "door").read_text(), list(contents(project / "image"))


def contents(image: Path) -> Iterator[bytes]:
    """Return every file of an OCI image, and what is in its layers, with the names there."""
    for path in (path for path in image.rglob("*") if path.is_file()):
        raw = path.read_bytes()
        yield raw
        if raw[:2] == b"\x1f\x8b":
            layer = gzip.decompress(raw)
            yield layer
            with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
                yield json.dumps(archive.getnames()).encode()


def told(door: str, pieces: list[bytes]) -> bool:
    """Say whether anything tells how to come in at the door."""
    nonce = door.split("@", maxsplit=1)[0].rpartition(":")[2]
    pair = base64.b64encode(f"lading:{nonce}".encode()).decode()
    needles = [form.encode() for form in (*encodings(nonce), pair)]
    return any(needle in piece for piece in pieces for needle in needles)


def test_the_recipe_leaves_nothing_of_the_door_in_the_image(
    user: User, sources: LocalSources, project: Path
) -> None:
    door, pieces = build_image(user, project, RECIPE, "--secret=id=index,env=PIP_INDEX_URL")
    assert any(b"acme_core-1.4.0.dist-info" in piece for piece in pieces)
    assert not told(door, pieces)
    assert not any(b"127.0.0.1:" in piece for piece in pieces)
    for token in (sources.token, sources.git_token):
        assert not any(form.encode() in piece for form in encodings(token) for piece in pieces)
    assert sources.log.leaks("acme", home="index") == ()


def test_the_search_finds_what_a_build_argument_leaves(user: User, project: Path) -> None:
    door, pieces = build_image(user, project, CARELESS, "ARGUMENT")
    assert told(door, pieces)
