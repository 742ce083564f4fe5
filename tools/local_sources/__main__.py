"""`python -m local_sources`: serve the example organisation until Ctrl-C.

Prints what a shell needs to use it: addresses, the authority and the credentials of this run.
"""

from __future__ import annotations

import argparse
import os
import shlex
import time
from collections.abc import Sequence

from local_sources.foreground import stay, watch_for_the_end
from local_sources.sources import LocalSources


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted or terminated."""
    parser = argparse.ArgumentParser(prog="python -m local_sources", description=main.__doc__)
    parser.add_argument(
        "--verbose", action="store_true", help="print every request, with credentials by name"
    )
    options = parser.parse_args(arguments)
    over = watch_for_the_end()
    started = time.perf_counter()
    with LocalSources(os.environ) as sources:
        print(describe(sources, seconds=time.perf_counter() - started), flush=True)
        stay(sources.log, over, verbose=options.verbose)
    return 0


def describe(sources: LocalSources, *, seconds: float) -> str:
    """Return what is served, as comments and lines for a shell."""
    lines = [f"# Ready after {seconds:.1f} s. Ctrl-C ends it and forgets everything."]
    lines += [f"#   {host.name:<7} {host.origin}/" for host in sources.hosts]
    lines += [f"# index      {sources.index_url}", f"# Azure's    {sources.azure_url}"]
    lines += [f"# mirror     {sources.mirror_url}", f"# Git        {sources.tax_url}"]
    lines += [f"# authority  {sources.authority}", "", "unset SSL_CERT_DIR"]
    variables = sources.environment() | sources.credentials
    lines += [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    lines += ["# To publish, which ACME_TOKEN may not:"]
    lines += [f"# export ACME_TOKEN={shlex.quote(sources.publisher_token)}"]
    lines += ["", "# pyproject.toml"]
    configuration = sources.configuration(upload=sources.index_upload_url)
    lines += [f"# {line}".rstrip() for line in configuration.splitlines()]
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
