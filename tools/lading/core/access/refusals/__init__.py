"""What the refusals of the known hosts mean: their own words read, the right to grant named."""

from __future__ import annotations

from lading.core.access.asked import Answer, Question
from lading.core.access.refusals import artifactory, azure_devops, bitbucket, github, gitlab
from lading.core.access.refusals.cases import Meaning

_HOSTS = (azure_devops, github, gitlab, bitbucket, artifactory)


def explain(question: Question, answer: Answer) -> Meaning | None:
    """Return what a refusal means, None where its host or its words are not known.

    The host is known by its name, by what it says of itself, or as the source declares it.
    """
    host = next((host for host in _HOSTS if host.is_host(question, answer)), None)
    if host is None and question.credential is not None:
        host = next((h for h in _HOSTS if question.credential.kind == h.KIND), None)
    return None if host is None else host.explain(question, answer)
