"""Microsoft's resource types, asked of the program that ships Bicep's own type library."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_STOPPING_SECONDS = 30
# The port "discard", on which nothing listens.
_NOWHERE = "http://127.0.0.1:9"


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One property of a type; `limits` are its pattern and bounds."""

    type: str
    flags: frozenset[str]
    limits: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectType:
    """An object; `others` is the type of what may be called anything, if something may."""

    name: str
    properties: Mapping[str, Property]
    others: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceType:
    """A resource at one version.

    `bodies` has one for each name where the name decides, else one under "".
    """

    versioned: str
    bodies: Mapping[str, ObjectType]
    objects: Mapping[str, ObjectType]

    def body(self, name: str) -> ObjectType | None:
        """Return the body for a resource's name."""
        return self.bodies.get("") or self.bodies.get(name)


class TypeLibrary:
    """The newest version of each type, asked for once."""

    def __init__(self, server: subprocess.Popen[str]) -> None:
        self._server = server
        self._asked = 0
        self._types: dict[str, ResourceType | None] = {}

    def find(self, name: str) -> ResourceType | None:
        """Return a type such as Microsoft.Web/sites, None where Microsoft has none of that name."""
        if name not in self._types:
            arguments = {"name": "bicepschema_get", "arguments": {"resource-type": name}}
            answer = self.ask("tools/call", arguments)
            reply = json.loads(answer["content"][0]["text"])
            found = reply["results"]["BicepSchemaResult"] if reply["status"] == 200 else None
            self._types[name] = None if found is None else _resource_type(found)
        return self._types[name]

    def ask(self, method: str, parameters: Mapping[str, object]) -> Any:
        """Return the result of one request (Model Context Protocol, a line of JSON each way)."""
        self._asked += 1
        self.tell(method, parameters, id=self._asked)
        assert self._server.stdout
        for line in self._server.stdout:
            answer = json.loads(line)
            if answer.get("id") == self._asked:
                return answer["result"]
        raise EOFError(f"azmcp ended with {self._server.wait()}")

    def tell(self, method: str, parameters: Mapping[str, object], **more: int) -> None:
        """Send a message."""
        message = {"jsonrpc": "2.0", "method": method, "params": parameters, **more}
        assert self._server.stdin
        self._server.stdin.write(json.dumps(message) + "\n")
        self._server.stdin.flush()


@contextmanager
def open_library(
    program: Path, home: Path, environment: Mapping[str, str]
) -> Iterator[TypeLibrary]:
    """Start Microsoft's server, which unpacks itself into `home`; it works without any network."""
    command = [str(program), "server", "start", "--mode", "all", "--namespace", "bicepschema"]
    variables = {
        "HOME": str(home),
        "AZURE_MCP_COLLECT_TELEMETRY": "false",
        "DOTNET_CLI_TELEMETRY_OPTOUT": "1",
        "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1",  # a machine without ICU
    }
    # Told to send no telemetry, it still does after some minutes, and asks which machine this is.
    variables |= dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), _NOWHERE)
    variables |= dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), _NOWHERE)
    with subprocess.Popen(
        command,
        env={**environment, **variables},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    ) as server:
        try:
            library = TypeLibrary(server)
            client = {"name": "lading-tests", "version": "1"}
            hello = {"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": client}
            library.ask("initialize", hello)
            library.tell("notifications/initialized", {})
            yield library
        finally:
            server.kill()
            server.wait(_STOPPING_SECONDS)


def _resource_type(found: list[dict[str, Any]]) -> ResourceType:
    resource = next(part for part in found if part["$type"] == "Resource")
    body = resource["bodyType"]
    forms = [_object_type(form) for form in body.get("elements", [body])]
    # Where the name decides, it is the one literal that its type allows.
    decides = body.get("discriminator") == "name"
    objects = [_object_type(part) for part in found if part["$type"] == "Object"]
    return ResourceType(
        versioned=resource["name"],
        bodies={(form.properties["name"].type if decides else ""): form for form in forms},
        objects={known.name: known for known in objects},
    )


def _object_type(found: dict[str, Any]) -> ObjectType:
    return ObjectType(
        name=found["name"],
        properties={known["name"]: _property(known) for known in found["properties"]},
        others=found.get("additionalPropertiesType"),
    )


def _property(found: dict[str, Any]) -> Property:
    limits = (part.partition(": ") for part in found.get("modifiers", "").split(", "))
    return Property(
        type=found["type"],
        flags=frozenset(found.get("flags", "").split(", ")),
        limits={name: value for name, _, value in limits if value},
    )
