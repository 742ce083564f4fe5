"""What the Functions host says of itself under /admin/host/status."""

from __future__ import annotations

from local_azure.sites.site import Site

_VERSION = "4.1041.0.0"
_IN_POOL = 7200.0


def host_status(site: Site) -> dict[str, object]:
    """Return the status of a site's host; it is in an error where its package does not start."""
    faults = site.world.faults
    host = site.functions_host
    problem = host.problem if host else ""
    if faults.meets("host-error", site.name):
        problem = "Microsoft.Azure.WebJobs.Script: the host could not be started."
    uptime = site.world.clock.now() - site.started_at
    # Its age is that of the process, which a pool may have started long before the app was there.
    pooled = site.spec.is_flex and faults.meets("host-from-pool", site.name)
    age = uptime + _IN_POOL if pooled else uptime
    starting = uptime < site.world.timing.host_start
    if faults.meets("host-starting", site.name):
        starting = True
    state = "Error" if problem else "Starting" if starting else "Running"
    status: dict[str, object] = {
        "id": site.spec.name,
        "state": state,
        "version": _VERSION,
        "versionDetails": f"{_VERSION}+local",
        "platformVersion": "",
        "instanceId": f"{site.restarts:032x}",
        "computerName": "localhost",
        "processUptime": int(age * 1000),
        "functionAppContentEditingState": "NotAllowed",
    }
    return status | ({"errors": [problem]} if problem else {})
