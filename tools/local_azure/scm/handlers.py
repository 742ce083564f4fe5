"""How SCM's handlers are called: with the request, the site, and the variable parts of the path."""

from __future__ import annotations

from collections.abc import Callable

from local_azure.answers import Answer

# (Asked, Site, *parts) -> Answer
ScmHandler = Callable[..., Answer]
