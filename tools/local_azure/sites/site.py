"""A Function App or one of its slots: what it is told, what it runs, and what a change brings."""

from __future__ import annotations

import secrets
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from local_azure.sites.deployments import STOPPED_BY_RESTART, Deployments
from local_azure.sites.functions_host import FunctionsHost, Keys, Listed, NoHost, Start
from local_azure.sites.hosting import SiteSpec
from local_azure.sites.installation import Installation, fetch_package
from local_azure.sites.packages import Packages
from local_azure.sites.world import World

_WARM_UP = Listed(name="WarmUp", bindings=({"type": "httpTrigger", "name": "req"},))


@dataclass(slots=True, kw_only=True)
class StickyNames:
    """What stays with a slot when slots are swapped."""

    settings: tuple[str, ...] = ()
    connection_strings: tuple[str, ...] = ()
    storage: tuple[str, ...] = ()


class Site:
    """A Function App (slot "") or one of its slots, which are in `slots` by name in lower case.

    `settings` are as Resource Manager has them, `earlier` what they were before the last write, {}
    before the first; `scm_settings` as SCM sees them. `scm_origin` and
    `origin` are the addresses of SCM and of the app. `config` is what else was set of config/web,
    `log` what the app printed and what was asked of it.
    """

    def __init__(self, spec: SiteSpec, world: World, *, slot: str = "") -> None:
        self.spec = spec
        self.slot = slot
        self.world = world
        self.lock = threading.RLock()
        self.settings = dict(spec.settings)
        self.scm_settings = dict(spec.settings)
        self.earlier: Mapping[str, str] = {}
        self.sticky = StickyNames()
        self.config: dict[str, object] = {}
        self.python = spec.python
        self.state: Literal["Running", "Stopped"] = "Running"
        self.basic_publishing = spec.basic_publishing
        self.publishing_password = secrets.token_urlsafe(45)
        self.keys = Keys()
        self.log: list[str] = []
        self.slots: dict[str, Site] = {}
        self.scm_origin = self.origin = ""
        self.restarts = self.syncs = self.listings = self.ends = 0
        self.started_at = world.clock.now()
        self.listed: tuple[Listed, ...] = ()
        self.prepared_swap = ""
        self._host: FunctionsHost | None = None
        self.packages = Packages(world.folder / uuid.uuid4().hex)
        work = Installation(self)
        self.deployments = Deployments(self.name, world, work.put_in_place)

    @property
    def name(self) -> str:
        """Return the name: with a "/" and the slot's for a slot."""
        return f"{self.spec.name}/{self.slot}" if self.slot else self.spec.name

    @property
    def publishing_user(self) -> str:
        """Return who publishes with Basic authentication."""
        return f"${self.spec.name}__{self.slot}" if self.slot else f"${self.spec.name}"

    @property
    def functions_host(self) -> FunctionsHost | None:
        """Return what runs the package, started with the first who asks; None without a package."""
        with self.lock:
            if self._host is None:
                self._host = self._start()
            return self._host

    def write_settings(self, settings: Mapping[str, str]) -> None:
        """Replace all settings; a change restarts SCM and the host a little later."""
        with self.lock:
            if dict(settings) == self.settings:
                return
            self.earlier, self.settings = self.settings, dict(settings)
            lag = self.world.faults.amount("settings-lag", self.name) or 0
            self.world.agenda.after(self.world.timing.restart + lag, self.restart_scm)

    def restart_scm(self) -> None:
        """Restart SCM, which kills what it was deploying, and the host.

        Whether a deployment to Flex is killed nobody has told: it goes on, but for a fault.
        """
        with self.lock:
            self.scm_settings = dict(self.settings)
            faults = self.world.faults
            if not self.spec.is_flex or faults.meets("settings-stop-flex", self.name):
                self.deployments.stop_running(STOPPED_BY_RESTART)
            self.restart()

    def restart(self) -> None:
        """Restart the host."""
        with self.lock:
            self.restarts += 1
            self.packages.mount_again()
            self.started_at = self.world.clock.now()
            self.close()
        self.world.agenda.after(self.world.timing.host_start, self._sync)

    def sync(self) -> None:
        """Tell Resource Manager of the functions, as a client asks for."""
        self.syncs += 1
        self._sync()

    def list_functions(self) -> tuple[Listed, ...]:
        """Return what Resource Manager knows of the functions."""
        faults = self.world.faults
        late = faults.amount("functions-late", self.name) or 0
        wanted = faults.amount("warmup-only", self.name) or 0
        self.listings += 1
        if self.listings <= late:
            faults.note("functions-late")
            return ()
        if self.syncs < wanted:
            faults.note("warmup-only")
            return (_WARM_UP,)
        return self.listed

    def take_over(self) -> None:
        """Run a new package from now on: the platform starts the host again, and asks it."""
        self.listings = self.syncs = 0
        self.restart()

    def close(self) -> None:
        """End what runs."""
        with self.lock:
            self.ends += 1
            host, self._host = self._host, None
            if host is not None:
                host.close()

    def _start(self) -> FunctionsHost | None:
        try:
            fetch_package(self)
        except OSError as error:
            return NoHost(f"the package could not be fetched: {error}")
        release = self.packages.release
        if release is None:
            return None
        return self.world.start_host(
            Start(
                package=release.package,
                settings=self._environment(),
                python=self.python,
                keys=self.keys,
                on_log=self.log.append,
            )
        )

    def _environment(self) -> dict[str, str]:
        """Return the settings as the app finds them, with what the platform adds."""
        added = {
            "WEBSITE_SITE_NAME": self.spec.name,
            "WEBSITE_HOSTNAME": self.origin.removeprefix("https://"),
            "WEBSITE_SLOT_NAME": self.slot or "Production",
            "WEBSITE_SKU": self.spec.sku.tier,
            "REGION_NAME": self.spec.location,
        }
        return {**self.settings, **added}

    def _sync(self) -> None:
        host = self.functions_host
        if self.state == "Running" and host is not None and not host.problem:
            self.listed = host.functions
        elif host is None:
            self.listed = ()
