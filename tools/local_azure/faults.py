"""What goes wrong in the local Azure: one name each, switched on for all sites or for one."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

ALWAYS = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A fault: what it does, and what its number means.

    "times": so many occasions, then it is over; without a number all of them. Anything else is an
    amount, `usual` where none is given.
    """

    says: str
    number: str = "times"
    usual: int | None = ALWAYS


def _kinds(says: Mapping[str, str]) -> dict[str, Kind]:
    return {name: Kind(says=text) for name, text in says.items()}


_RESOURCE_MANAGER = _kinds(
    {
        "arm-busy": "a write is refused: 409, another operation is in progress (59203)",
        "arm-plan-busy": "a write is refused: 409, an operation is on the plan (59205)",
        "arm-throttled": "a request is refused: 429 with Retry-After",
        "arm-unavailable": "a request is refused: 503",
        "arm-retry-after": "a write is refused: 409 with Retry-After, so that SDKs repeat it",
        "reader": "the client may only read: it may not list settings, nor write",
        "no-role": "the client has no role at all: 403",
        "settings-accepted": "writing settings answers 202 and a Location, as on Container Apps",
        "settings-foreign": "somebody adds a setting just before a write, which loses it",
        "settings-lost": "somebody writes back what was there before, just after a write",
        "settings-stale": "listing settings answers what was there before the last write",
        "settings-refused-late": "writing settings answers 500, and nothing is written",
        "settings-unanswered": "settings are written, and the answer is a 500",
        "functions-paged": "functions are listed one at a time, each page with a nextLink",
        "proxied-status-missing": "the host cannot be asked how it is by way of Resource Manager",
        "sync-refused": "syncing triggers is refused: 400, an error from the host runtime",
        "sync-no-content": "syncing triggers answers 204, as the SDK expects, instead of 200",
        "swap-prepared": "changes to slots are refused: 409, settings are prepared for a swap",
        "swap-fails": "a swap is accepted and then given up, as its slot does not warm up",
        "swap-poll-throttled": "asking how a swap stands is refused: 429 with Retry-After",
        "swap-poll-unauthorised": "asking how a swap stands is refused: 401, the token is over",
        "swap-poll-missing": "Resource Manager does not know how a swap stands: 404",
        "swap-at-once": "a swap answers 200 instead of 202 and a Location",
        "status-runtime-failed": "deploymentStatus says RuntimeFailed though the app runs",
        "deployments-missing": "Resource Manager answers 404 where no deployment ever was",
        "deployments-unavailable": "Resource Manager does not tell of deployments: 503",
        "onedeploy-done": "extensions/onedeploy answers 200 at once instead of 202",
        "onedeploy-forbidden": "extensions/onedeploy is refused where SCM refuses addresses: 403",
        "onedeploy-named": "extensions/onedeploy wants a file called released-package.zip",
    }
)
_ADMISSION = _kinds(
    {
        "scm-arm-audience": "SCM refuses tokens that are for Resource Manager",
        "scm-own-audience": "SCM refuses tokens that are for App Service, as old clouds do",
        "scm-unauthorised": "SCM refuses a token as expired: 401",
        "scm-forbidden": "SCM refuses the client, who lacks the right to publish: 403",
        "scm-ip-forbidden": "SCM refuses the client's address: 403 Ip Forbidden",
        "app-ip-forbidden": "the app's own address refuses the client's: 403 Ip Forbidden",
        "ip-forbidden-page": "an address is refused on the page alone, the reason phrase is lost",
        "scm-unreachable": "SCM takes connections and ends them without a word",
    }
)
_UPLOADS = _kinds(
    {
        "scm-unavailable": "SCM answers 503",
        "scm-bad-gateway": "SCM answers 502",
        "excessive-operations": "SCM answers 406, too many requests",
        "deployment-in-progress": "an upload is refused: 409, another deployment runs",
        "early-verdict": "an upload is refused before its body was read",
        "auto-swap": "an upload is refused: 409, an automatic swap is going on",
        "upload-cut": "the connection ends in the middle of an upload, of which nothing is kept",
        "reply-lost": "an upload is taken, and the connection ends without an answer",
        "gateway-timeout": "an upload is taken, and answered with 504",
        "publish-missing": "a Flex site has no /api/publish yet: 404",
        "publish-unavailable": "a Flex site is being prepared: 503",
        "publish-done": "/api/publish answers 200 without an id",
        "publish-plain-id": "/api/publish answers with the bare id instead of a JSON string",
        "publish-located": "/api/publish answers with Location and SCM-DEPLOYMENT-ID too",
        "content-type-400": "/api/publish refuses other content types with 400 instead of 415",
        "remote-build-by-default": "an upload to Flex that says nothing of a remote build gets one",
        "conflict-later": "a second upload to Flex is accepted, and ends in status 5",
    }
)
_DEPLOYMENTS = _kinds(
    {
        "ends-cancelled": "a deployment ends in status -1",
        "ends-failed": "a deployment ends in status 3",
        "ends-conflict": "a deployment ends in status 5",
        "ends-partly": "a deployment ends in status 6; its package is stored and runs",
        "never-ends": "a deployment stays in status 2",
        "upload-step-403": "a Flex deployment may not write to its container: status 3",
        "settings-stop-flex": "on Flex too a change of settings ends the deployment that it meets",
        "scm-restart": "SCM restarts in the middle of a deployment, which ends in status 3",
        "identity-forbidden": "the app's identity may not read the package that it runs from",
        "release-not-taken": "a deployment succeeds, and the app goes on with what it ran",
        "message-dropped": "a deployment is recorded without the message that came with it",
        "recorded-as-onedeploy": "a deployment is recorded as OneDeploy, whoever sent it",
        "left-behind": "Flex leaves a deployment in status 2 for good, and takes another one",
        "polls-missing": "asking for a deployment answers 404",
        "affinity-needed": "asking for a deployment without the site's ARRAffinity answers 404",
        "list-forgets": "SCM on Flex lists no deployment that is over",
        "polls-accepted": "asking for a running deployment answers 202 instead of 200",
        "log-missing": "the log of a deployment answers 404",
        "wwwroot-unmounted": "SCM shows wwwroot without the package that the app has mounted",
    }
)
_APP = _kinds(
    {
        "app-unavailable": "the app's own address answers 503",
        "host-starting": "the host says that it is starting",
        "host-from-pool": "Flex runs an app in a process that was started long before (a pool's)",
        "host-error": "the host says, with 200, that it is in an error",
    }
)
_AMOUNTS = {
    "settings-lag": Kind(
        says="SCM sees settings, and restarts, so much later than usual",
        number="seconds",
        usual=10,
    ),
    "recycled-missing": Kind(
        says="SCM on Flex is recycled after so many good answers about a deployment: then 404",
        number="answers",
        usual=2,
    ),
    "recycled-empty": Kind(
        says="as recycled-missing, but the answer is {}", number="answers", usual=2
    ),
    "recycled-later": Kind(
        says="SCM on Flex is recycled so much later than a deployment has ended: then 404",
        number="seconds",
        usual=2,
    ),
    "functions-late": Kind(
        says="Resource Manager lists no function until it was asked so often",
        number="requests",
        usual=3,
    ),
    "warmup-only": Kind(
        says="Resource Manager lists only WarmUp until triggers were synced so often",
        number="syncs",
        usual=1,
    ),
}
FAULTS: Mapping[str, Kind] = {
    **_RESOURCE_MANAGER,
    **_ADMISSION,
    **_UPLOADS,
    **_DEPLOYMENTS,
    **_APP,
    **_AMOUNTS,
}


@dataclass(slots=True, kw_only=True)
class _Switched:
    number: int | None
    site: str


class Faults:
    """Which faults are switched on, and which were met; `met` has them in their order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._on: dict[str, _Switched] = {}
        self._met: list[str] = []

    def switch_on(self, name: str, number: int | None = ALWAYS, *, site: str = "") -> None:
        """Switch a fault on, for one site (or slot, "NAME/SLOT") only where it is named.

        Raises ValueError where there is no such fault.
        """
        if name not in FAULTS:
            message = f"no fault is called {name}; there are: {', '.join(sorted(FAULTS))}"
            raise ValueError(message)
        chosen = FAULTS[name].usual if number is None else number
        with self._lock:
            self._on[name] = _Switched(number=chosen, site=site.lower())

    def switch_off(self, name: str) -> None:
        """Switch a fault off."""
        with self._lock:
            self._on.pop(name, None)

    def clear(self) -> None:
        """Switch every fault off, and forget what was met."""
        with self._lock:
            self._on.clear()
            self._met.clear()

    @property
    def met(self) -> tuple[str, ...]:
        """Return the name of each fault that did something, once an occasion."""
        with self._lock:
            return tuple(self._met)

    def meets(self, name: str, site: str = "") -> bool:
        """Say whether an occasion meets a fault, and count it."""
        with self._lock:
            switched = self._concerning(name, site)
            if switched is None or switched.number == 0:
                return False
            if switched.number is not None:
                switched.number -= 1
            self._met.append(name)
            return True

    def note(self, name: str) -> None:
        """Count an occasion on which an amount did something."""
        with self._lock:
            self._met.append(name)

    def amount(self, name: str, site: str = "") -> int | None:
        """Return the amount of a fault that is switched on, None for one that is not."""
        with self._lock:
            switched = self._concerning(name, site)
            return None if switched is None else switched.number

    def _concerning(self, name: str, site: str) -> _Switched | None:
        switched = self._on.get(name)
        if switched is None or (switched.site and switched.site != site.lower()):
            return None
        return switched


def read_fault(text: str) -> tuple[str, int | None]:
    """Return a fault and its number from `NAME` or `NAME:N`; raises ValueError."""
    name, colon, number = text.partition(":")
    if name not in FAULTS:
        message = f"no fault is called {name}"
        raise ValueError(message)
    if colon and not number.isdigit():
        message = f"{number!r} is no number, in {text}"
        raise ValueError(message)
    return name, int(number) if colon else None
