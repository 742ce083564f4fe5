"""Private sources on one machine: a package index and Git hosts over TLS, and what goes wrong.

For the demo and the tests. `python -m local_sources` serves them until Ctrl-C.
"""

from local_sources.distributions import Metadata, source_tree, write_sdist, write_wheel
from local_sources.faults import FAULTS, Fault
from local_sources.git_repositories import GitCommit, GitRepository
from local_sources.hosts import Host
from local_sources.request_log import NOTHING, UNKNOWN, Request, RequestLog
from local_sources.sample import write_sample_project
from local_sources.shelves import Shelf
from local_sources.sources import LocalSources

__all__ = [
    "FAULTS",
    "NOTHING",
    "UNKNOWN",
    "Fault",
    "GitCommit",
    "GitRepository",
    "Host",
    "LocalSources",
    "Metadata",
    "Request",
    "RequestLog",
    "Shelf",
    "source_tree",
    "write_sample_project",
    "write_sdist",
    "write_wheel",
]
