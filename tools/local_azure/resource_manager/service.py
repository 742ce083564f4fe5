"""What answers at the address of Resource Manager."""

from __future__ import annotations

import uuid
from dataclasses import replace

from local_azure.answers import Answer, RefusedAnswer, dated, json_answer
from local_azure.asked import Asked
from local_azure.identity.entra import Entra
from local_azure.resource_manager import deployments, functions, operations, settings, sites
from local_azure.resource_manager.admission import (
    check_right,
    check_token,
    check_version,
    permissions,
)
from local_azure.resource_manager.calls import SiteCall, SiteHandler
from local_azure.resource_manager.errors import busy, no_resource, refuse
from local_azure.resource_manager.resources import HANDLERS, Call, Handler
from local_azure.routes import Routes
from local_azure.sites.site import Site
from local_azure.sites.subscription import Subscription

# What anybody may ask: where to sign in.
_OPEN = ["metadata"]
_WEB = "microsoft.web"
_SITE_PARTS = 8
# Asked below a resource, of another provider.
_RIGHTS = ["microsoft.authorization", "permissions"]
_ROOMS = (sites, settings, functions, operations, deployments)


class ResourceManager:
    """Resource Manager of one subscription."""

    def __init__(self, subscription: Subscription, entra: Entra) -> None:
        self._subscription = subscription
        self._entra = entra
        self._routes: Routes[Handler] = Routes(HANDLERS)
        table = {route: handler for room in _ROOMS for route, handler in room.HANDLERS.items()}
        self._site_routes: Routes[SiteHandler] = Routes(table)

    def answer(self, asked: Asked) -> Answer:
        """Answer a request; each answer has an id, by which people ask for help."""
        self._subscription.world.agenda.settle()
        try:
            answer = self._admitted(asked)
        except RefusedAnswer as refused:
            answer = refused.answer
        answer = dated(answer, self._subscription.world.clock.utc())
        number = ("x-ms-request-id", str(uuid.uuid4()))
        return replace(answer, headers=(*answer.headers, number))

    def _admitted(self, asked: Asked) -> Answer:
        parts = asked.segments
        lower = [part.lower() for part in parts]
        if lower[:1] != _OPEN:
            check_token(asked, self._entra)
        check_version(asked, web=lower[-2:] != _RIGHTS and _WEB in lower)
        if lower[:1] == ["subscriptions"] and len(parts) > 1:
            self._check_subscription(parts[1])
        if len(parts) >= _SITE_PARTS and lower[5:7] == [_WEB, "sites"]:
            return self._site(asked)
        found = self._routes.find(asked.method, parts)
        if found is None:
            raise refuse(404, "NotFound", "The requested resource does not exist.")
        handler, given = found
        call = Call(
            asked=asked,
            subscription=self._subscription,
            tenant=self._entra.tenant,
            authority=self._entra.origin,
            given=given,
        )
        return handler(call)

    def _site(self, asked: Asked) -> Answer:
        _, _, _, group, _, _, _, name, *rest = asked.segments
        slot = ""
        if len(rest) > 1 and rest[0].lower() == "slots":
            slot, rest = rest[1], rest[2:]
        site = self._find(group, name, slot)
        if [part.lower() for part in rest[1:]] == _RIGHTS:
            faults = site.world.faults
            has_role = not faults.meets("no-role", site.name)
            writes = has_role and not faults.meets("reader", site.name)
            return permissions(writes=writes, reads=has_role)
        found = self._site_routes.find(asked.method, rest)
        if found is None:
            known = self._site_routes.methods(rest)
            status, code = (405, "MethodNotAllowed") if known else (404, "NotFound")
            raise refuse(status, code, f"No route for {asked.path}.")
        self._check_faults(asked, site)
        handler, given = found
        call = SiteCall(asked=asked, subscription=self._subscription, site=site, given=given)
        return handler(call)

    def _check_subscription(self, identifier: str) -> None:
        if identifier.lower() != self._subscription.id:
            message = f"The subscription '{identifier}' could not be found."
            raise refuse(404, "SubscriptionNotFound", message)

    def _find(self, group: str, name: str, slot: str) -> Site:
        if group.lower() not in {known.lower() for known in self._subscription.groups()}:
            message = f"Resource group '{group}' could not be found."
            raise refuse(404, "ResourceGroupNotFound", message)
        site = self._subscription.find(name, slot)
        if site is None or site.spec.group.lower() != group.lower():
            kind = "Microsoft.Web/sites/slots" if slot else "Microsoft.Web/sites"
            raise no_resource(kind, f"{name}/{slot}" if slot else name, group)
        return site

    def _check_faults(self, asked: Asked, site: Site) -> None:
        """Refuse what a fault says, and every write while an operation is on the site."""
        faults, name = site.world.faults, site.name
        last = asked.segments[-1].lower()
        lists = asked.method == "POST" and last.startswith("list")
        writes = asked.method != "GET" and not lists
        if faults.meets("no-role", name):
            check_right(asked, reads=not (writes or lists), is_granted=False)
        granted = not ((writes or lists) and faults.meets("reader", name))
        check_right(asked, reads=False, is_granted=granted)
        if faults.meets("arm-throttled", name):
            message = "Number of requests for subscription exceeded the limit. Please try again."
            raise RefusedAnswer(_with_retry(429, "TooManyRequests", message))
        if faults.meets("arm-unavailable", name):
            raise refuse(503, "ServiceUnavailable", "The service is unavailable.")
        if not writes:
            return
        stamp = site.world.clock.stamp()
        if faults.meets("arm-retry-after", name):
            raise RefusedAnswer(replace(busy(stamp), headers=(("Retry-After", "1"),)))
        if faults.meets("arm-plan-busy", name):
            raise RefusedAnswer(busy(stamp, of_plan=True))
        if faults.meets("arm-busy", name) or self._subscription.busy(site):
            raise RefusedAnswer(busy(stamp))


def _with_retry(status: int, code: str, message: str) -> Answer:
    document = {"error": {"code": code, "message": message}}
    return json_answer(document, status, headers=(("Retry-After", "1"),))
