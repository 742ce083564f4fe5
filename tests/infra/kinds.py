"""What kind of value an expression of Bicep has; notes what is wrong within it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tests.infra.bicep import (
    Array,
    BicepFile,
    Call,
    Declaration,
    Expression,
    Literal,
    Member,
    Name,
    Object,
    Text,
    within,
)
from tests.infra.library import ObjectType, ResourceType, TypeLibrary

# The functions that the files use, and what each gives; an operator is the function of its sign.
_FUNCTIONS: Mapping[str, str | frozenset[str]] = {
    "!": "bool",
    "&&": "bool",
    "empty": "bool",
    "guid": "string",
    "items": "array",
    "list": "any",
    "resourceGroup": frozenset(("id", "name", "location", "tags")),
    "subscription": frozenset(("id", "subscriptionId", "tenantId", "displayName")),
    "subscriptionResourceId": "string",
    "tenant": frozenset(("tenantId", "displayName")),
    "join": "string",
    "union": "any",
    "uniqueString": "string",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A value of a type of Microsoft's, which `owner` explains."""

    owner: ResourceType
    type: str | ObjectType


Kind = str | Shape | frozenset[str]


@dataclass(slots=True, kw_only=True)
class Check:
    """One file under examination."""

    file: BicepFile
    files: Mapping[str, BicepFile]
    library: TypeLibrary
    problems: list[str] = field(default_factory=list)
    item: tuple[str, Kind] | None = None

    def note(self, line: int, problem: str) -> None:
        """Remember a problem."""
        self.problems.append(f"{self.file.name}:{line}: {problem}")


def plain(kind: Kind) -> str:
    """Return the kind as Bicep's own types have it: string, int, bool, object, array, any."""
    if isinstance(kind, frozenset):
        return "object"
    name = kind if isinstance(kind, str) else kind.type
    if isinstance(name, ObjectType):
        return "object"
    if name.endswith("[]"):
        return "array"
    if name in ("string", "int", "bool", "object", "array", "any", "null"):
        return name
    if isinstance(kind, Shape) and name in kind.owner.objects:
        return "object"
    return "string"  # one literal, or a choice of some


def infer(check: Check, value: Expression) -> Kind:
    """Return what kind of value an expression has; note what is wrong within it."""
    if isinstance(value, Name):
        return _infer_name(check, value)
    if isinstance(value, Member):
        return _infer_member(check, value)
    infer_all(check, within(value))
    if isinstance(value, Call):
        return _infer_call(check, value)
    if isinstance(value, Literal):
        return {bool: "bool", int: "int"}.get(type(value.value), "null")
    return {Text: "string", Array: "array", Object: "object"}[type(value)]


def infer_all(check: Check, values: Iterable[Expression]) -> None:
    """Note what is wrong within some expressions."""
    for value in values:
        infer(check, value)


def _infer_call(check: Check, value: Call) -> Kind:
    if value.function not in _FUNCTIONS:
        check.note(value.line, f"{value.function} is not among the functions that are known here")
    return _FUNCTIONS.get(value.function, "any")


def _infer_name(check: Check, value: Name) -> Kind:
    if check.item and value.name == check.item[0]:
        return check.item[1]
    found = check.file.find(value.name)
    if found is None:
        check.note(value.line, f"nothing here is called {value.name}")
        return "any"
    if found.kind == "parameter":
        return found.says
    if found.kind == "variable" and found.value is not None:
        return infer(check, found.value)
    return "any" if found.loop else "object"


def _infer_member(check: Check, value: Member) -> Kind:
    match value.of:
        case Name(name=name) if found := _resource(check, name):
            return _of_resource(check, found, value)
        case Member(of=Name(name=name), name="outputs") if found := check.file.find(name):
            return _of_outputs(check, found, value)
    of = infer(check, value.of)
    if isinstance(of, frozenset):
        if value.name not in of:
            check.note(value.line, f"there is no {value.name}, but {', '.join(sorted(of))}")
        return "string" if value.name != "value" else "any"
    if isinstance(of, Shape):
        return _of_shape(check, of, value)
    if of in ("string", "int", "bool", "array"):
        check.note(value.line, f"a {of} has no {value.name}")
    return "any"


def _resource(check: Check, name: str) -> Declaration | None:
    found = check.file.find(name)
    return found if found and found.kind == "resource" and not found.loop else None


def _of_resource(check: Check, found: Declaration, value: Member) -> Kind:
    known = check.library.find(found.says.partition("@")[0])
    if known is None:
        return "any"
    name = found.body.get("name")
    form = known.body(name.value if isinstance(name, Text) else "")
    return _of_shape(check, Shape(owner=known, type=form), value) if form else "any"


def _of_shape(check: Check, shape: Shape, value: Member) -> Kind:
    form = shape.type if isinstance(shape.type, ObjectType) else shape.owner.objects.get(shape.type)
    if form is None:
        return "any"
    known = form.properties.get(value.name)
    if known is None:
        if form.others is None:
            check.note(value.line, f"{form.name} has no property {value.name}")
        return "any"
    if "WriteOnly" in known.flags:
        check.note(value.line, f"{value.name} can only be written")
    return Shape(owner=shape.owner, type=known.type)


def _of_outputs(check: Check, found: Declaration, value: Member) -> Kind:
    callee = callee_of(check, found) if found.kind == "module" else None
    if callee is None:
        check.note(value.line, f"{found.name} has no outputs")
        return "any"
    for output in callee.of("output"):
        if output.name == value.name:
            return output.says
    check.note(value.line, f"{callee.name} has no output {value.name}")
    return "any"


def callee_of(check: Check, declaration: Declaration) -> BicepFile | None:
    """Return the file of a module; note that there is none."""
    folder = posixpath.dirname(check.file.name)
    path = posixpath.normpath(posixpath.join(folder, declaration.says))
    if path not in check.files:
        check.note(declaration.line, f"there is no file {path}")
    return check.files.get(path)
