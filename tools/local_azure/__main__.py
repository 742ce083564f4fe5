"""`python -m local_azure`: serve a subscription with three Function Apps until Ctrl-C.

Prints what a shell needs to use it, with Microsoft's Azure CLI and with its libraries.
"""

from __future__ import annotations

import argparse
import os
import shlex
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from lading.edges.store import default_store_root
from local_azure.azure import LocalAzure
from local_azure.blobs import BlobsUnavailableError
from local_azure.faults import FAULTS, read_fault
from local_azure.identity.directory import ARM
from local_azure.runtime import Runtime
from local_azure.sites.hosting import SiteSpec
from local_sources.certificates import Certificates, issue_certificates
from local_sources.foreground import stay, watch_for_the_end

_USUAL = {"FUNCTIONS_EXTENSION_VERSION": "~4", "FUNCTIONS_WORKER_RUNTIME": "python"}
_RUN_FROM_PACKAGE = _USUAL | {"WEBSITE_RUN_FROM_PACKAGE": "1"}
ESTATE = (
    SiteSpec(name="orders-flex", hosting="flex"),
    SiteSpec(
        name="orders-premium", hosting="premium", slots=("staging",), settings=_RUN_FROM_PACKAGE
    ),
    SiteSpec(name="orders-dedicated", hosting="dedicated", slots=("staging",), settings=_USUAL),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted or terminated."""
    options = _parser().parse_args(arguments)
    if options.faults:
        print(describe_faults())
        return 0
    over = watch_for_the_end()
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        certificates = issue_certificates(Path(folder), ambient=os.environ)
        with LocalAzure(os.environ, certificates=certificates) as azure:
            storage = _start_blobs(azure, certificates)
            store = default_store_root(os.environ)
            azure.cloud.run_packages(Runtime(store=store, ambient=os.environ, machine=os.environ))
            for spec in ESTATE:
                azure.cloud.create(spec)
            for name, number in options.fault:
                azure.cloud.faults.switch_on(name, number)
            print(f"# Ready after {time.perf_counter() - started:.1f} s. Ctrl-C ends it.")
            print(describe(azure, certificates, storage=storage), flush=True)
            stay(azure.log, over, verbose=options.verbose)
    return 0


def describe(azure: LocalAzure, certificates: Certificates, *, storage: str) -> str:
    """Return what is served, as comments and lines for a shell."""
    cloud, entra = azure.cloud, azure.entra
    here = cloud.resource_manager.origin
    lines = [f"#   Resource Manager  {here}", f"#   Entra ID          {entra.origin}"]
    lines += [f"#   Blob storage      {storage}", f"#   state, faults     {cloud.window.origin}"]
    for site in (one for every in cloud.sites for one in (every, *every.slots.values())):
        lines.append(f"#   {site.name:<24} {site.spec.sku.tier:<16} {site.origin}")
        lines.append(f"#   {'its SCM':<24} {'':<16} {site.scm_origin}")
    variables = certificates.variables() | {
        "AZURE_SUBSCRIPTION_ID": azure.subscription,
        "AZURE_RESOURCE_MANAGER": here,
        "AZURE_AUTHORITY_HOST": entra.origin,
        "AZURE_TENANT_ID": entra.tenant,
        "AZURE_CLIENT_ID": entra.client_id,
        "AZURE_CLIENT_SECRET": entra.client_secret,
    }
    lines += ["", "unset SSL_CERT_DIR"]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    lines += ["", "# pyproject.toml, with [tool.lading.apps.orders]:"]
    lines += [f"#   {line}" for line in _targets(azure)]
    lines += ["# Azure CLI, in a configuration of its own:"]
    lines += [f"# {line}" for line in _azure_cli(azure)]
    lines += ["# azure-mgmt-web:"]
    lines += ["#   WebSiteManagementClient(EnvironmentCredential(disable_instance_discovery=True),"]
    lines += [f'#       subscription, base_url="{here}", credential_scopes=["{ARM}/.default"])']
    return "\n".join(lines)


def _targets(azure: LocalAzure) -> Iterator[str]:
    yield "[tool.lading]"
    yield f'cloud = "{azure.cloud.resource_manager.origin}"'
    for site in azure.cloud.sites:
        yield f"[tool.lading.targets.{site.name.removeprefix('orders-')}]"
        yield 'app = "orders"'
        yield f'subscription = "{azure.subscription}"'
        yield f'resource-group = "{site.spec.group}"'
        yield f'function-app = "{site.name}"'


def describe_faults() -> str:
    """Return every fault, a line each."""
    lines = []
    for name, kind in FAULTS.items():
        number = "[:TIMES]" if kind.number == "times" else f"[:{kind.number.upper()}]"
        usual = "" if kind.usual is None else f" (usually {kind.usual})"
        lines.append(f"{name + number:<30} {kind.says}{usual}")
    return "\n".join(lines)


def _azure_cli(azure: LocalAzure) -> tuple[str, ...]:
    here, entra = azure.cloud.resource_manager.origin, azure.entra
    user = f"-u {entra.client_id} -p $AZURE_CLIENT_SECRET --tenant {entra.tenant}"
    return (
        "  export AZURE_CONFIG_DIR=$(mktemp -d) AZURE_CORE_COLLECT_TELEMETRY=0",
        f"  az cloud register -n local --endpoint-resource-manager {here}",
        "  az cloud set -n local && az config set core.instance_discovery=false",
        f"  az login --service-principal {user}",
        "  az functionapp list -o table",
    )


def _start_blobs(azure: LocalAzure, certificates: Certificates) -> str:
    try:
        return azure.cloud.start_blobs(os.environ, certificates).url
    except BlobsUnavailableError as error:
        return f"none: {error}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local_azure", description=main.__doc__)
    parser.add_argument("--verbose", action="store_true", help="print every request")
    parser.add_argument("--faults", action="store_true", help="list what can go wrong, and end")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        type=_fault,
        metavar="NAME[:N]",
        help="switch a fault on (may be repeated)",
    )
    return parser


def _fault(text: str) -> tuple[str, int | None]:
    try:
        return read_fault(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error}; --faults lists them") from error


if __name__ == "__main__":
    raise SystemExit(main())
