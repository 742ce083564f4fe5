"""An Azure for one machine: who may get a token from it, Function Apps, and what goes wrong.

For the demo and the tests. `python -m local_azure` serves one until Ctrl-C. A test asks for
`azure`, and works with `azure.cloud`:

    site = azure.cloud.create(SiteSpec(name="orders", hosting="flex"))
    azure.cloud.faults.switch_on("polls-missing", 2)    # what goes wrong, by name, so often
    azure.cloud.clock.hold()                            # no time passes by itself
    azure.cloud.clock.skip(5)                           # instead of waiting; a client's `sleep`
    site.packages.release, site.deployments.records, azure.cloud.faults.met, azure.log()

Nothing runs in the background: what is due is done before the next request is answered, so that
what a client sees depends on its requests and on the clock. Where the facts leave two readings
open, the likelier one is the default and a fault is the other; a client passes with both.

    identity/           Entra ID, and the places that prove who somebody is
    sites/              a Function App as the platform holds it; the seam for a Functions host
    resource_manager/   Microsoft.Web and what is above it
    scm/                SCM in two characters: zip deploy, and one deploy on Flex Consumption
    front.py            an app's own address: the host's /admin, and the functions
    runtime.py          runs deployed packages, as `lading serve` does
    blobs.py            Blob storage, Azurite
    faults.py           everything that can go wrong, a name each
    inspection.py       the same for who runs it by hand: state, faults, clock over HTTP
"""

from local_azure.azure import LocalAzure
from local_azure.identity.directory import ARM, AZURE_DEVOPS, EXCHANGE
from local_azure.identity.entra import Entra
from local_azure.identity.programs import Call

__all__ = ["ARM", "AZURE_DEVOPS", "EXCHANGE", "Call", "Entra", "LocalAzure"]
