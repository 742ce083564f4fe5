from __future__ import annotations

import subprocess
import sys

CODE = """
import logging
from lading.edges.loggers import pin_loggers
logging.getLogger("azure.mgmt.web").setLevel(logging.DEBUG)
pin_loggers(str.upper)
logging.getLogger("azure.mgmt.web._utils.model_base").warning("no JSON", exc_info=True)
logging.getLogger("azure.identity").warning("a token expires")
logging.getLogger("azure.identity").info("a request")
"""


def test_libraries_warn_and_none_of_an_error_that_is_judged_anyway() -> None:
    said = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=True, timeout=120
    )
    assert said.stderr == "AZURE.IDENTITY: A TOKEN EXPIRES\n"
