"""`slim` and `slim-except` of an app: the rules of slimming, and what is exempt from them."""

from __future__ import annotations

from packaging.utils import canonicalize_name, is_normalized_name

from lading.core.config.toml_tables import Table, nearest
from lading.core.slimming import DEFAULT_RULES, RULES, Exemption, Rule, Slimming

SLIM_KEYS = ("slim", "slim-except")
_DEFAULT, _OFF = "default", "off"


def read_slimming(table: Table) -> Slimming:
    """Return how an app's distributions are slimmed; mistakes are noted in the table."""
    exemptions = tuple(filter(None, (_exemption(table, text) for text in _exempt(table))))
    return Slimming(rules=_rules(table), exemptions=exemptions)


def _exempt(table: Table) -> tuple[str, ...]:
    return tuple(dict.fromkeys(table.texts("slim-except")))


def _rules(table: Table) -> tuple[Rule, ...]:
    if "slim" not in table:
        return DEFAULT_RULES
    if table.is_text("slim"):
        word = table.text("slim")
        if word not in {None, _DEFAULT, _OFF}:
            table.note("slim", f'must be "{_OFF}", "{_DEFAULT}" or a list of rules, ["tests", …]')
        return () if word == _OFF else DEFAULT_RULES
    words = table.texts("slim")
    chosen = {rule for word in words for rule in _meant(table, word)}
    return tuple(rule for rule in RULES if rule in chosen)


def _meant(table: Table, word: str) -> tuple[Rule, ...]:
    if word == _DEFAULT:
        return DEFAULT_RULES
    rule = _rule(word)
    if rule is None:
        table.note("slim", _unknown(word, also=(_DEFAULT,)))
    return () if rule is None else (rule,)


def _exemption(table: Table, text: str) -> Exemption | None:
    name, colon, word = (part.strip() for part in text.partition(":"))
    canonical = canonicalize_name(name)
    if not is_normalized_name(canonical):
        table.note("slim-except", f'"{text}" must be NAME or NAME:RULE, "scikit-image:stubs"')
        return None
    if not colon:
        return Exemption(name=canonical)
    rule = _rule(word)
    if rule is None:
        table.note("slim-except", f'"{text}": {_unknown(word)}')
        return None
    return Exemption(name=canonical, rule=rule)


def _rule(word: str) -> Rule | None:
    return next((rule for rule in RULES if rule == word), None)


def _unknown(word: str, *, also: tuple[str, ...] = ()) -> str:
    known = (*RULES, *also)
    meant = nearest(word, known)
    hint = f'did you mean "{meant}"?' if meant else f"rules: {', '.join(known)}"
    return f'there is no rule "{word}"; {hint}'
