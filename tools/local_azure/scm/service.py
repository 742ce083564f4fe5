"""What answers at a site's SCM address."""

from __future__ import annotations

from local_azure.answers import Answer, RefusedAnswer, text_answer
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


class Scm:
    """The SCM of one site."""

    def __init__(self, site: Site, authority: Authority) -> None:
        self._site = site
        self._authority = authority
        table = flex.HANDLERS if site.spec.is_flex else zip_deploy.HANDLERS
        self._routes: Routes[ScmHandler] = Routes(table)

    def answer(self, asked: Asked) -> Answer:
        """Answer a request; an upload that is refused has been read to its end."""
        site = self._site
        site.world.agenda.settle()
        try:
            admit(asked, site, self._authority)
            return self._admitted(asked)
        except RefusedAnswer as refused:
            drain(asked)
            return refused.answer

    def _admitted(self, asked: Asked) -> Answer:
        for fault, status, text in _TROUBLES:
            if self._site.world.faults.meets(fault, self._site.name):
                raise RefusedAnswer(text_answer(text, status))
        # Most paths exist with "api" and without.
        parts = asked.segments
        if parts and parts[0].lower() == "api":
            parts = parts[1:]
        found = self._routes.find(asked.method, parts)
        if found is None:
            known = self._routes.methods(parts)
            raise RefusedAnswer(text_answer("", 405 if known else 404))
        handler, given = found
        return handler(asked, self._site, *given)
