"""A window on the local Azure for who runs it by hand: its state as JSON, its faults, its clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from local_azure.answers import Answer, json_answer, text_answer
from local_azure.asked import Asked
from local_azure.faults import FAULTS
from local_azure.routes import Routes
from local_azure.sites.site import Site
from local_azure.sites.subscription import Subscription

# The newest of what an app printed.
_LINES = 50
Handler = Callable[..., Answer]


class Inspection:
    """Answers anybody on this machine; no value of a setting is in its answers."""

    def __init__(self, sites: Subscription) -> None:
        self._sites = sites
        self._world = sites.world
        self._routes: Routes[Handler] = Routes(
            {
                "GET ": self.read_state,
                "GET faults": self.list_faults,
                "PUT faults/{}": self.switch_on,
                "DELETE faults/{}": self.switch_off,
                "POST clock": self.skip,
            }
        )

    def answer(self, asked: Asked) -> Answer:
        """Answer a request."""
        self._world.agenda.settle()
        found = self._routes.find(asked.method, asked.segments)
        if found is None:
            return text_answer(
                "GET / and /faults, PUT and DELETE /faults/NAME, POST /clock?seconds=N\n", 404
            )
        handler, given = found
        try:
            return handler(asked, *given)
        except ValueError as error:
            return text_answer(f"{error}\n", 400)

    def read_state(self, _asked: Asked) -> Answer:
        """Return what is known of every site."""
        state = {
            "time": self._world.clock.stamp(),
            "met": [*self._world.faults.met],
            "sites": [_tell(one) for site in self._sites for one in (site, *site.slots.values())],
        }
        return json_answer(state)

    def list_faults(self, _asked: Asked) -> Answer:
        """Return every fault that there is."""
        return json_answer({name: asdict(kind) for name, kind in FAULTS.items()})

    def switch_on(self, asked: Asked, name: str) -> Answer:
        """Switch a fault on."""
        number = asked.query.get("number")
        site = asked.query.get("site", "")
        self._world.faults.switch_on(name, int(number) if number else None, site=site)
        return Answer(status=204)

    def switch_off(self, _asked: Asked, name: str) -> Answer:
        """Switch a fault off."""
        self._world.faults.switch_off(name)
        return Answer(status=204)

    def skip(self, asked: Asked) -> Answer:
        """Put the clock forward by `seconds`."""
        self._world.clock.skip(float(asked.query.get("seconds", "0")))
        return Answer(status=204)


def _tell(site: Site) -> dict[str, object]:
    release = site.packages.release
    records = [
        {"id": one.id, "status": one.status.name, "text": one.text, "deployer": one.upload.deployer}
        for one in site.deployments.records
    ]
    return {
        "name": site.name,
        "plan": site.spec.sku.tier,
        "python": site.python,
        "state": site.state,
        "settings": sorted(site.settings),
        "settings_seen_by_scm": sorted(site.scm_settings),
        "release": None
        if release is None
        else {"sha256": release.sha256, "lading": release.lading, "mounted": release.mounted},
        "built_here": site.packages.built,
        "stored": [*site.packages.stored],
        "deployments": records,
        "functions": [function.name for function in site.listed],
        "restarts": site.restarts,
        "syncs": site.syncs,
        "log": site.log[-_LINES:],
        "app": site.origin,
        "scm": site.scm_origin,
    }
