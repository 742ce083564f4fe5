"""What answers at a site's SCM address."""

from __future__ import annotations

from dataclasses import replace

from local_azure.answers import Answer, RefusedAnswer, dated, text_answer
from local_azure.asked import Asked
from local_azure.routes import Routes
from local_azure.scm import flex, zip_deploy
from local_azure.scm.admission import Authority, admit
from local_azure.scm.handlers import ScmHandler
from local_azure.scm.uploads import drain
from local_azure.sites.site import Site

_TROUBLES = (
    ("scm-unavailable", 503, "The service is unavailable."),
    ("scm-bad-gateway", 502, "Bad Gateway"),
    (
        "excessive-operations",
        406,
        "Excessive SCM Site operation requests. Retry after 5 seconds",
    ),
)
# The front end sends a client that shows it to the same instance again.
_COOKIE = "ARRAffinity=b2c4e6"
_AFFINITY = tuple(
    ("Set-Cookie", f"{cookie};Path=/;HttpOnly;Secure;Domain=localhost")
    for cookie in (_COOKIE, "ARRAffinitySameSite=b2c4e6;SameSite=None")
)


class Scm:
    """The SCM of one site."""

    def __init__(self, site: Site, authority: Authority) -> None:
        self._site = site
        self._authority = authority
        tables = {"flex": flex.HANDLERS, "consumption": zip_deploy.CONSUMPTION_HANDLERS}
        table = tables.get(site.spec.hosting, zip_deploy.HANDLERS)
        self._routes: Routes[ScmHandler] = Routes(table)

    def answer(self, asked: Asked) -> Answer:
        """Answer a request; an upload that is refused has been read to its end."""
        site = self._site
        site.world.agenda.settle()
        try:
            admit(asked, site, self._authority)
            answer = self._admitted(asked)
        except RefusedAnswer as refused:
            drain(asked)
            return refused.answer
        answer = dated(answer, site.world.clock.utc())
        return replace(answer, headers=(*answer.headers, *_AFFINITY))

    def _admitted(self, asked: Asked) -> Answer:
        for fault, status, text in _TROUBLES:
            if self._site.world.faults.meets(fault, self._site.name):
                raise RefusedAnswer(text_answer(text, status))
        # Most paths exist with "api" and without.
        parts = asked.segments
        if parts and parts[0].lower() == "api":
            parts = parts[1:]
        about_one = len(parts) > 1 and parts[0].lower() == "deployments"
        strange = about_one and _COOKIE not in asked.header("Cookie")
        if strange and self._site.world.faults.meets("affinity-needed", self._site.name):
            raise RefusedAnswer(text_answer("", 404))
        found = self._routes.find(asked.method, parts)
        if found is None:
            known = self._routes.methods(parts)
            raise RefusedAnswer(text_answer("", 405 if known else 404))
        handler, given = found
        return handler(asked, self._site, *given)
