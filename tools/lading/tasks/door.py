"""The door itself: a visit with the environment as it is, and the words of several commands."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager

from lading.edges.own_process import protect_own_process
from lading.edges.own_signals import hear_signals
from lading.visit import Visit, visit_of

APP = "the app's name in [tool.lading.apps]; needed only where there are several"
JSON = "one JSON document on standard output, everything else on standard error"
ALLOW = "CODE or CODE:PACKAGE of a finding to let pass; wants --reason"
ARTIFACT = "the zip, made by lading or any other tool; dist/APP.zip where nothing is said"
AUDIT = "ask the index for known vulnerabilities of what it gave (pip-audit)"
REASON = "why --allow is right, for the report"
SARIF = "also write the findings to this file, as SARIF"
SETTINGS = "a file of app settings that the app wants at import: lines NAME=VALUE, or JSON"
VERBOSE = "tell every request to a source, and what was made ready"


def door(*, as_json: bool = False, verbose: bool = False) -> AbstractContextManager[Visit]:
    """Let one command in, with the environment that nobody below may read."""
    # Before a variable is looked at: some hold tokens.
    protect_own_process()
    hear_signals()
    return visit_of(dict(os.environ), as_json=as_json, verbose=verbose)
