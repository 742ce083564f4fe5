"""Finds what of this machine makes files ready, before anything is fetched for nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lading.core.config import App
from lading.core.errors import ConfigError
from lading.core.layer.bytecode import check_bytecode
from lading.edges.interpreters import Interpreter, find_interpreter
from lading.edges.store import Store
from lading.edges.symbols import Stripper, find_stripper


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What compiles and what strips; None where it is not wanted, or not here."""

    interpreter: Interpreter | None
    stripper: Stripper | None


def find_tools(app: App, *, ambient: Mapping[str, str], store: Store) -> Tools:
    """Return what an app's files are made ready with.

    Raises BuildError or ConfigError where what must be here is not.
    """
    return Tools(
        interpreter=_find_compiler(app, ambient=ambient),
        stripper=_find_stripper(app, ambient=ambient, store=store),
    )


def _find_stripper(app: App, *, ambient: Mapping[str, str], store: Store) -> Stripper | None:
    if "symbols" not in app.slimming.rules:
        return None
    with store.scratch() as scratch:
        stripper = find_stripper(ambient, home=scratch)
    if stripper is None:
        raise ConfigError(
            (f'tool.lading.apps.{app.name}.slim: "symbols" wants a program that is not here',),
            remedy="Install binutils (strip) or LLVM (llvm-strip), or leave the rule out.",
        )
    return stripper


def _find_compiler(app: App, *, ambient: Mapping[str, str]) -> Interpreter | None:
    if app.bytecode == "off":
        return None
    interpreter = find_interpreter(app.python, ambient=ambient)
    check_bytecode(app.bytecode, python=app.python, found=interpreter is not None)
    return interpreter
