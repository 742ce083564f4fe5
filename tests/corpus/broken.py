"""Every broken app of the corpus."""

from __future__ import annotations

from tests.corpus.own_files import OWN_WRONG
from tests.corpus.projects import PROJECTS
from tests.corpus.vendored import VENDORED_WRONG

BROKEN = (*VENDORED_WRONG, *OWN_WRONG, *PROJECTS)
