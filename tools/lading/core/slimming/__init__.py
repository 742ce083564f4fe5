"""Slimming: what a package is spared, rule by rule, and what was left in it for a reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Rule = Literal["tests", "stubs", "headers", "static-libraries", "foreign-bytecode", "symbols"]
RULES: tuple[Rule, ...] = get_args(Rule)
# Symbols of native files are for debuggers, and to take them out changes the files.
DEFAULT_RULES: tuple[Rule, ...] = tuple(rule for rule in RULES if rule != "symbols")
# What a report says of each file that a rule took.
REASONS: dict[Rule, str] = {
    "tests": "tests are for those who change a distribution",
    "stubs": "stubs are for editors and type checkers",
    "headers": "headers are for compilers",
    "static-libraries": "static libraries are for linkers",
    "foreign-bytecode": "bytecode is made anew for the target",
    "symbols": "symbols are for debuggers",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """A distribution (canonical name) that a rule leaves alone; `rule` None means every rule."""

    name: str
    rule: Rule | None = None

    def __str__(self) -> str:
        return f"{self.name}:{self.rule}" if self.rule else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Slimming:
    """The rules that an app's distributions are slimmed by, and what is exempt from them."""

    rules: tuple[Rule, ...] = DEFAULT_RULES
    exemptions: tuple[Exemption, ...] = ()

    def rules_for(self, name: str) -> frozenset[Rule]:
        """Return the rules that one distribution is slimmed by."""
        exempt = [one for one in self.exemptions if one.name == name]
        if any(one.rule is None for one in exempt):
            return frozenset()
        return frozenset(self.rules) - {one.rule for one in exempt}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a rule would have taken and did not: a folder, or the kind of file as "*.pyi"."""

    rule: Rule
    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stripped:
    """A native file without the symbols that it had: sizes in bytes before, unpacked and packed."""

    name: str
    size: int
    packed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """What a rule took out of a distribution: files, and bytes unpacked and in the zip."""

    rule: Rule
    files: int
    size: int
    packed: int
