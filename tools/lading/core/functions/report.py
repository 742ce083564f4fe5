"""What loading a package showed, as lines for people and as a part of a JSON document."""

from __future__ import annotations

from collections.abc import Iterator

from lading.core.functions import FunctionFacts, Indexed, Verdict, binding_tables
from lading.core.functions.engine import EngineWish
from lading.core.functions.routes import full_route

# What says most about a trigger that is not HTTP, the first that it has.
_TELLING = (
    "schedule",
    "queueName",
    "topicName",
    "path",
    "eventHubName",
    "containerName",
    "orchestration",
    "activity",
)


def render_verdict(verdict: Verdict) -> str:
    """Return in one line whether a package was imported, by what, or why not."""
    if not isinstance(verdict, Indexed):
        return f"imported: no: {verdict.reason}"
    if verdict.problem is not None:
        return f"imported: no: {verdict.problem.error}, see the finding"
    count = len(verdict.functions)
    owner = "the package" if verdict.sdk_from == "package" else "the engine"
    # Elsewhere the report of what was built says it; here most often nothing was.
    loose = verdict.confinement.startswith("none")
    seen = f"; it saw the network and the files of this user ({verdict.confinement[6:]})"
    return (
        f"imported: yes, {count} {'function' if count == 1 else 'functions'}"
        f" ({_engine(verdict)}, azure-functions {verdict.sdk} of {owner}, Python {verdict.python})"
        f"{seen if loose else ''}"
    )


def render_functions(verdict: Verdict) -> tuple[str, ...]:
    """Return a line for each function that was found."""
    if not isinstance(verdict, Indexed):
        return ()
    return tuple(
        " ".join((f"  {function.name}", *_words(function, verdict.route_prefix)))
        for function in verdict.functions
    )


def verdict_document(verdict: Verdict) -> dict[str, object]:
    """Return a verdict as JSON has it."""
    if not isinstance(verdict, Indexed):
        return {"imported": False, "reason": verdict.reason, "functions": []}
    problem = verdict.problem
    return {
        "imported": problem is None,
        "reason": None if problem is None else f"{problem.error}: {problem.message}",
        "model": verdict.model,
        "python": verdict.python,
        "engine": _engine(verdict),
        "azure_functions": verdict.sdk,
        "azure_functions_from": verdict.sdk_from,
        "seconds": round(verdict.seconds, 3),
        "confinement": verdict.confinement,
        "route_prefix": verdict.route_prefix,
        "functions": [
            {
                "name": function.name,
                "trigger": function.trigger,
                "script": function.script,
                "bindings": binding_tables(function),
            }
            for function in verdict.functions
        ],
    }


def _engine(indexed: Indexed) -> str:
    major, minor = indexed.python.split(".")[:2]
    wish = EngineWish(model=indexed.model, python=(int(major), int(minor)))
    name = f"{wish.library} {indexed.runtime}".strip()
    # Azure's worker for these minors is no library; this one gives the same verdicts.
    return name if wish.is_azures_own else f"{name} as an equivalent engine"


def _words(function: FunctionFacts, prefix: str) -> Iterator[str]:
    yield function.trigger or "no trigger"
    if function.http is not None:
        yield ",".join(sorted(function.methods)) or "all methods"
        yield f"/{full_route(function, prefix).strip('/')}"
        return
    for binding in function.bindings:
        told = [binding.settings[name] for name in _TELLING if name in binding.settings]
        if binding.type == function.trigger and told:
            yield told[0]
