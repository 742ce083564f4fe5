"""What answers at a site's own address: the host's /admin, and the functions that run there."""

from __future__ import annotations

import hmac

from local_azure.answers import Answer, RefusedAnswer, json_answer, text_answer
from local_azure.asked import Asked
from local_azure.scm.admission import STOPPED_PAGE, ip_forbidden
from local_azure.sites.host_status import host_status
from local_azure.sites.site import Site


class Front:
    """The address of one app."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def answer(self, asked: Asked) -> Answer:
        """Answer a request."""
        site, faults = self._site, self._site.world.faults
        site.world.agenda.settle()
        if faults.meets("app-ip-forbidden", site.name):
            return ip_forbidden(site)
        if site.state == "Stopped":
            return Answer(status=403, body=STOPPED_PAGE, kind="text/html")
        if faults.meets("app-unavailable", site.name):
            return text_answer("The service is unavailable.", 503)
        try:
            parts = [part.lower() for part in asked.segments]
            is_host = parts[:2] == ["admin", "host"]
            return self._admin(asked, parts[2:]) if is_host else self._run(asked)
        except RefusedAnswer as refused:
            return refused.answer

    def _run(self, asked: Asked) -> Answer:
        host = self._site.functions_host
        if host is None:
            return text_answer("", 404)
        if host.problem:
            return text_answer("Function host is not running.", 503)
        return host.answer(asked)

    def _admin(self, asked: Asked, parts: list[str]) -> Answer:
        match asked.method, parts:
            case _, ["ping"]:
                return Answer()
            case "GET", ["status"]:
                self._check_key(asked)
                return json_answer(host_status(self._site))
            case "POST", ["synctriggers"]:
                self._check_key(asked)
                return self._sync()
            case _:
                return text_answer("", 404)

    def _sync(self) -> Answer:
        site = self._site
        host = site.functions_host
        problem = "ServiceUnavailable" if host is None else host.problem
        if site.world.faults.meets("sync-refused", site.name) or problem:
            return json_answer({"status": problem or "ServiceUnavailable"}, 500)
        site.sync()
        return json_answer({"status": "success"})

    def _check_key(self, asked: Asked) -> None:
        shown = asked.header("x-functions-key") or asked.query.get("code", "")
        if not hmac.compare_digest(shown.encode(), self._site.keys.master.encode()):
            raise RefusedAnswer(Answer(status=401))
