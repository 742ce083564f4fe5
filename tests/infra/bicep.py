"""Bicep as values: what a file declares, and its expressions, each with its line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import tree_sitter_bicep
from tree_sitter import Language, Node, Parser

_PARSER = Parser(Language(tree_sitter_bicep.language()))
_DECLARATIONS = ("parameter", "variable", "resource", "module", "output")


class BicepSyntaxError(Exception):
    """A file is not Bicep; the message begins with its line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A string; `parts` are the expressions within it, and `value` has `…` in their places."""

    line: int
    value: str
    parts: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """A number, true, false or null."""

    line: int
    value: int | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One property of an object."""

    line: int
    key: Text
    value: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Object:
    """An object, in the order of its text."""

    line: int
    entries: tuple[Entry, ...] = ()

    def get(self, *path: str) -> Expression | None:
        """Return what stands at a path of keys, None where nothing does."""
        found: Expression | None = self
        for key in path:
            if not isinstance(found, Object):
                return None
            found = next((entry.value for entry in found.entries if entry.key.value == key), None)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Array:
    """An array."""

    line: int
    items: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A symbol that is declared elsewhere."""

    line: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """`of.name`."""

    line: int
    of: Expression
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """`function(arguments)`; an operator is a call of its sign."""

    line: int
    function: str
    arguments: tuple[Expression, ...]


Expression = Text | Literal | Object | Array | Name | Member | Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """One symbol of a file.

    `says` is the type of a parameter or output, the `Type@version` of a resource, a module's path.
    """

    kind: str
    line: int
    name: str
    says: str = ""
    value: Expression | None = None
    condition: Expression | None = None
    loop: tuple[str, Expression] | None = None
    existing: bool = False
    decorators: tuple[Call, ...] = ()

    @property
    def body(self) -> Object:
        """Return the object of a resource or module."""
        assert isinstance(self.value, Object), f"line {self.line}: {self.name} has no object"
        return self.value

    def decorator(self, name: str) -> Call | None:
        """Return the decorator of that name, if there is one."""
        return next((found for found in self.decorators if found.function == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class BicepFile:
    """One file."""

    name: str
    declarations: tuple[Declaration, ...]

    def of(self, kind: str) -> tuple[Declaration, ...]:
        """Return the declarations of a kind: parameter, variable, resource, module, output."""
        return tuple(found for found in self.declarations if found.kind == kind)

    def find(self, name: str) -> Declaration | None:
        """Return what a name means in expressions, where an output is nothing."""
        symbols = (found for found in self.declarations if found.kind != "output")
        return next((found for found in symbols if found.name == name), None)


def read_bicep(path: Path, root: Path) -> BicepFile:
    """Return a file, named by its path below the root; raise BicepSyntaxError."""
    return parse_bicep(path.read_text("utf-8"), path.relative_to(root).as_posix())


def parse_bicep(text: str, name: str) -> BicepFile:
    """Return what a text declares; raise BicepSyntaxError."""
    root = _PARSER.parse(text.encode()).root_node
    if root.has_error:
        broken = next(node for node in _walk(root) if node.is_error or node.is_missing)
        raise BicepSyntaxError(f"{name}:{_line(broken)}: this is not Bicep: {_text(broken)[:60]!r}")
    return BicepFile(name=name, declarations=tuple(_declarations(root)))


def inside(expression: Expression | None) -> Iterator[Expression]:
    """Yield an expression and all within it."""
    if expression is not None:
        yield expression
        for child in within(expression):
            yield from inside(child)


def within(expression: Expression) -> tuple[Expression, ...]:
    """Return the expressions that an expression is made of."""
    match expression:
        case Text(parts=parts) | Array(items=parts) | Call(arguments=parts):
            return parts
        case Object(entries=entries):
            return tuple(part for entry in entries for part in (entry.key, entry.value))
        case Member(of=of):
            return (of,)
        case _:
            return ()


def _declarations(root: Node) -> Iterator[Declaration]:
    decorators: tuple[Call, ...] = ()
    for node in _named(root):
        kind = node.type.removesuffix("_declaration")
        if node.type == "decorators":
            decorators = tuple(_decorator(found) for found in _named(node))
        elif kind in _DECLARATIONS:
            yield _declaration(kind, node, decorators)
            decorators = ()
        elif node.type != "target_scope_assignment":
            raise BicepSyntaxError(f"line {_line(node)}: a {node.type} is not read here")


def _decorator(node: Node) -> Call:
    found = _expression(_named(node)[0])
    assert isinstance(found, Call)
    return found


def _declaration(kind: str, node: Node, decorators: tuple[Call, ...]) -> Declaration:
    name, *rest = _named(node)
    says = ""
    if kind != "variable":
        says = _text(rest.pop(0)).strip("'")
    condition: Expression | None = None
    loop: tuple[str, Expression] | None = None
    value = rest[0] if rest else None
    if value is not None and value.type == "if_statement":
        test, value = _named(value)
        condition = _expression(test)
    elif value is not None and value.type == "for_statement":
        item, over, value = _named(value)
        loop = (_text(item), _expression(over))
    return Declaration(
        kind=kind,
        line=_line(node),
        name=_text(name),
        says=says,
        value=None if value is None else _expression(value),
        condition=condition,
        loop=loop,
        existing=any(child.type == "existing" for child in node.children),
        decorators=decorators,
    )


def _expression(node: Node) -> Expression:
    reader = _READERS.get(node.type)
    if reader is None:
        raise BicepSyntaxError(f"line {_line(node)}: a {node.type} is not read here")
    return reader(node)


def _literal(node: Node) -> Literal:
    text = _text(node)
    known = {"true": True, "false": False, "null": None}
    return Literal(line=_line(node), value=known[text] if text in known else int(text))


def _object(node: Node) -> Object:
    return Object(line=_line(node), entries=tuple(_entry(child) for child in _named(node)))


def _array(node: Node) -> Array:
    return Array(line=_line(node), items=_each(node))


def _name(node: Node) -> Name:
    return Name(line=_line(node), name=_text(node))


def _member(node: Node) -> Member:
    of, name = _named(node)
    return Member(line=_line(node), of=_expression(of), name=_text(name))


def _call(node: Node) -> Call:
    function, arguments = _named(node)
    return Call(line=_line(node), function=_text(function), arguments=_each(arguments))


def _operator(node: Node) -> Call:
    sign = next(_text(child) for child in node.children if not child.is_named)
    return Call(line=_line(node), function=sign, arguments=_each(node))


def _each(node: Node) -> tuple[Expression, ...]:
    return tuple(_expression(child) for child in _named(node))


def _string(node: Node) -> Text:
    value, parts = "", []
    for child in _named(node):
        if child.type == "interpolation":
            parts.append(_expression(_named(child)[0]))
            value += "…"
        else:
            value += _text(child)
    return Text(line=_line(node), value=value, parts=tuple(parts))


def _entry(node: Node) -> Entry:
    key, value = _named(node)
    name = _string(key) if key.type == "string" else Text(line=_line(key), value=_text(key))
    return Entry(line=_line(node), key=name, value=_expression(value))


_READERS: Mapping[str, Callable[[Node], Expression]] = {
    "array": _array,
    "binary_expression": _operator,
    "boolean": _literal,
    "call_expression": _call,
    "identifier": _name,
    "member_expression": _member,
    "null": _literal,
    "number": _literal,
    "object": _object,
    "parenthesized_expression": lambda node: _expression(_named(node)[0]),
    "string": _string,
    "ternary_expression": _operator,
    "unary_expression": _operator,
}


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _walk(child)


def _named(node: Node) -> list[Node]:
    return [child for child in node.named_children if child.type != "comment"]


def _text(node: Node) -> str:
    return (node.text or b"").decode()


def _line(node: Node) -> int:
    return node.start_point.row + 1
