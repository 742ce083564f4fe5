"""What a library reads from the environment is lent to it, and taken back whatever happens."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from lading.edges.tokens.lent_environment import lend_environment


def test_a_library_sees_what_is_lent_and_no_more() -> None:
    before = os.environ
    with lend_environment({"IDENTITY_ENDPOINT": "there"}):
        assert dict(os.environ) == {"IDENTITY_ENDPOINT": "there"}
        assert os.getenv("PATH") is None
    assert os.environ is before


def test_the_environment_is_back_after_a_failure() -> None:
    before = os.environ
    with pytest.raises(ValueError, match="odd"), lend_environment({}):
        raise ValueError("odd")
    assert os.environ is before


def test_a_child_does_not_see_what_is_lent() -> None:
    with lend_environment({"IDENTITY_HEADER": "s3cr3t"}):
        told = subprocess.run(
            [sys.executable, "-c", "import os; print(os.environ.get('IDENTITY_HEADER'))"],
            capture_output=True,
            text=True,
            check=True,
        )
    assert told.stdout.strip() == "None"
