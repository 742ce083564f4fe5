"""The door: declares the commands to Invoke, runs one command, renders, exits.

`from lading.tasks import namespace` in a `tasks.py` gives every command to `invoke`; the console
script `lading` offers the same. Nobody below this room reads the environment, prints, or exits.
Each command imports its story when it runs, so that `--list` and `--help` answer at once.
"""

from __future__ import annotations

from invoke.collection import Collection

from lading.tasks.artifacts import serve, verify
from lading.tasks.deployments import deploy, logs, rollback, settings, status
from lading.tasks.packages import build, explain, lock, vendor
from lading.tasks.sources import doctor, publish, with_access

namespace = Collection(
    *(build, lock, explain, vendor, verify, serve),
    *(deploy, logs, rollback, settings, status),
    *(doctor, publish, with_access),
)
