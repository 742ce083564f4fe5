"""What commands behind `with-access` have in common."""

from __future__ import annotations

import os
import sys

import pytest

PYTHON = (sys.executable, "-c")
posix = pytest.mark.skipif(os.name != "posix", reason="signals and terminals of POSIX")
