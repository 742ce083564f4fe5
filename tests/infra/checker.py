"""Holds Bicep files against Microsoft's resource types and against each other.

No Bicep compiler can be had from a package index, so this finds what one would: symbols, types,
properties and versions that do not exist, what is missing, what may not be written or read, and
what a module is not given. What it cannot know it lets pass.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from tests.infra.bicep import (
    Array,
    BicepFile,
    Call,
    Declaration,
    Entry,
    Expression,
    Literal,
    Member,
    Name,
    Object,
    Text,
    inside,
)
from tests.infra.kinds import Check, Kind, Shape, callee_of, infer, infer_all, plain
from tests.infra.library import ObjectType, Property, ResourceType, TypeLibrary

# What Bicep itself reads of a resource or module, beside the properties of its type.
_OWN = frozenset(("parent", "scope", "dependsOn"))
_OF_EXISTING = frozenset(("name", "parent", "scope"))
_OF_MODULE = frozenset(("name", "params", "scope", "dependsOn"))
_DECORATORS = frozenset(
    ("description", "allowed", "secure", "minLength", "maxLength", "minValue", "maxValue")
)


def check_bicep(files: Mapping[str, BicepFile], library: TypeLibrary) -> tuple[str, ...]:
    """Return every problem of some files that name each other, each with its file and line."""
    problems: list[str] = []
    for file in files.values():
        check = Check(file=file, files=files, library=library)
        _check_symbols(check)
        _check_order(check)
        for declaration in file.declarations:
            over = declaration.loop and declaration.loop[1]
            is_of_items = isinstance(over, Call) and over.function == "items"
            kind: Kind = frozenset(("key", "value")) if is_of_items else "any"
            check.item = declaration.loop and (declaration.loop[0], kind)
            _check_declaration(check, declaration)
        problems += check.problems
    return tuple(dict.fromkeys(problems))


def _check_symbols(check: Check) -> None:
    seen: set[tuple[bool, str]] = set()
    used: set[str] = set().union(*map(_names_in, check.file.declarations))
    for declaration in check.file.declarations:
        place = (declaration.kind == "output", declaration.name)
        if place in seen:
            check.note(declaration.line, f"{declaration.name} is declared twice")
        seen.add(place)
        is_means = declaration.kind in ("parameter", "variable") or declaration.existing
        if is_means and declaration.name not in used:
            check.note(declaration.line, f"{declaration.name} is not used")
        for decorator in declaration.decorators:
            if decorator.function not in _DECORATORS:
                check.note(decorator.line, f"there is no decorator {decorator.function}")


def _check_order(check: Check) -> None:
    declared = {found.name: found for found in check.file.declarations if found.kind != "output"}
    waits = {name: _names_in(found) & declared.keys() for name, found in declared.items()}
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as error:
        circle = error.args[1]
        check.note(declared[circle[0]].line, f"{', '.join(circle[1:])} wait for each other")


def _names_in(declaration: Declaration) -> set[str]:
    over = declaration.loop[1] if declaration.loop else None
    starts = (declaration.value, declaration.condition, over)
    parts = (part for start in starts for part in inside(start))
    return {part.name for part in parts if isinstance(part, Name)}


def _check_declaration(check: Check, declaration: Declaration) -> None:
    match declaration.kind:
        case "resource":
            _check_resource(check, declaration)
        case "module":
            _check_module(check, declaration)
        case "parameter" | "output":
            _check_value(check, declaration)
        case _:
            infer_all(check, [declaration.value] if declaration.value else [])
    if declaration.condition is not None:
        _check_type(check, declaration.condition, "bool", None, "the condition")
        _check_known_early(check, declaration.condition)
    if declaration.loop is not None:
        _check_type(check, declaration.loop[1], "any[]", None, "what is looped over")
        _check_known_early(check, declaration.loop[1])


def _check_value(check: Check, declaration: Declaration) -> None:
    if declaration.says not in ("string", "int", "bool", "object", "array"):
        check.note(declaration.line, f"there is no type {declaration.says}")
    elif declaration.value is not None:
        _check_type(check, declaration.value, declaration.says, None, declaration.name)
        allowed = declaration.decorator("allowed")
        if allowed and isinstance(allowed.arguments[0], Array):
            among = {getattr(choice, "value", None) for choice in allowed.arguments[0].items}
            if getattr(declaration.value, "value", None) not in among:
                check.note(declaration.line, f"the default of {declaration.name} is not allowed")


def _check_resource(check: Check, declaration: Declaration) -> None:
    known = _resource_type(check, declaration)
    body = declaration.body
    name = body.get("name")
    _check_known_early(check, name)
    for entry in body.entries:
        if entry.key.value in _OWN or (declaration.existing and entry.key.value == "name"):
            infer(check, entry.value)
        if declaration.existing and entry.key.value not in _OF_EXISTING:
            check.note(entry.line, f"an existing resource is not given {entry.key.value}")
    if known is None or declaration.existing:
        return
    form = known.body(name.value if isinstance(name, Text) else "")
    if form is None:
        check.note(declaration.line, f"{known.versioned} has none of this name")
        return
    entries = tuple(entry for entry in body.entries if entry.key.value not in _OWN)
    given = Object(line=declaration.line, entries=entries)
    _check_object(check, given, Shape(owner=known, type=form))


def _resource_type(check: Check, declaration: Declaration) -> ResourceType | None:
    name, _, version = declaration.says.partition("@")
    known = check.library.find(name)
    if known is None:
        check.note(declaration.line, f"Microsoft has no resource type {name}")
    elif known.versioned.partition("@")[2] != version:
        check.note(declaration.line, f"{declaration.says} is not known: {known.versioned} is")
    return known


def _check_module(check: Check, declaration: Declaration) -> None:
    callee = callee_of(check, declaration)
    _check_known_early(check, declaration.body.get("name"))
    for entry in declaration.body.entries:
        if entry.key.value not in _OF_MODULE:
            check.note(entry.line, f"a module has no {entry.key.value}")
        if entry.key.value != "params":
            infer(check, entry.value)
    if callee is None:
        return
    given = declaration.body.get("params")
    wanted = {parameter.name: parameter for parameter in callee.of("parameter")}
    for entry in given.entries if isinstance(given, Object) else ():
        if entry.key.value not in wanted:
            check.note(entry.line, f"{callee.name} has no parameter {entry.key.value}")
            infer(check, entry.value)
        else:
            kind = wanted.pop(entry.key.value).says
            _check_type(check, entry.value, kind, None, entry.key.value)
    for parameter in wanted.values():
        if parameter.value is None:
            check.note(declaration.line, f"{callee.name} is not given {parameter.name}")


def _check_object(check: Check, value: Object, shape: Shape) -> None:
    """Hold an object against one of Microsoft's."""
    form = shape.type
    assert isinstance(form, ObjectType)
    seen: set[str] = set()
    for entry in value.entries:
        key = entry.key.value
        if key in seen:
            check.note(entry.line, f"{key} is given twice")
        seen.add(key)
        infer_all(check, entry.key.parts)
        known = form.properties.get(key)
        if known is not None:
            _check_property(check, entry, known, shape.owner)
        elif form.others is not None:
            _check_type(check, entry.value, form.others, shape.owner, key)
        else:
            check.note(entry.line, f"{form.name} has no property {key}")
            infer(check, entry.value)
    for key, known in form.properties.items():
        if "Required" in known.flags and key not in seen:
            check.note(value.line, f"{form.name} lacks {key}")


def _check_property(check: Check, entry: Entry, known: Property, owner: ResourceType) -> None:
    key = entry.key.value
    if "ReadOnly" in known.flags:
        check.note(entry.line, f"{key} can only be read")
    _check_type(check, entry.value, known.type, owner, key)
    match entry.value:
        case Text(value=text, parts=()):
            size: int | None = len(text)
            if not re.search(known.limits.get("pattern", ""), text):
                check.note(entry.line, f"{key} must match {known.limits['pattern']}: {text}")
            least, most = known.limits.get("minLength"), known.limits.get("maxLength")
        case Literal(value=size) if size is not None and not isinstance(size, bool):
            least, most = known.limits.get("minValue"), known.limits.get("maxValue")
        case _:
            return
    assert size is not None
    if (least and size < int(least)) or (most and size > int(most)):
        check.note(entry.line, f"{key} must be {least or 'anything'} to {most or 'anything'}")


def _check_type(
    check: Check, value: Expression, wanted: str, owner: ResourceType | None, what: str
) -> None:
    """Note where a value is not of a type, as Bicep or as Microsoft's library writes it."""
    if wanted.endswith("[]") and isinstance(value, Array):
        for item in value.items:
            _check_type(check, item, wanted.removesuffix("[]"), owner, what)
        return
    known = owner.objects.get(wanted) if owner else None
    if owner and known and isinstance(value, Object):
        _check_object(check, value, Shape(owner=owner, type=known))
        return
    given = plain(infer(check, value))
    choices = wanted.split(" | ")
    simple = plain(Shape(owner=owner, type=wanted)) if owner else plain(wanted)
    if given not in (simple, "any") and simple != "any":
        check.note(value.line, f"{what} must be {wanted}, and is {given}")
    elif simple == "string" and "string" not in choices and _written(value) not in (None, *choices):
        check.note(value.line, f"{what} must be {wanted}, and is '{_written(value)}'")


def _written(value: Expression) -> str | None:
    return value.value if isinstance(value, Text) and not value.parts else None


def _check_known_early(check: Check, value: Expression | None) -> None:
    """A name, a condition and a loop are decided before the first resource is made."""
    for found in inside(value):
        if isinstance(found, Member) and found.name in ("properties", "outputs"):
            check.note(found.line, f"{found.name} are not known before the deployment begins")
        if isinstance(found, Call) and found.function == "list":
            check.note(found.line, "list is not known before the deployment begins")
