"""Surveys → trims: what each distribution is spared, with all of them and the app looked at."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from difflib import get_close_matches
from fnmatch import fnmatchcase

from lading.core.slimming import Exemption, Kept, Rule, Slimming
from lading.core.slimming.references import Reference
from lading.core.slimming.survey import Survey

# Lines that only compare the names of files and modules: read by people, in these very words.
_ONLY_COMPARED = frozenset(
    {
        ("pandas/util/_exceptions.py", '_test_dir = os.path.join(_pkg_dir, "tests") + os.sep'),
        ("pandas/util/_exceptions.py", 'test_dir = os.path.join(pkg_dir, "tests")'),
        (
            "matplotlib/_api/__init__.py",
            r'if not re.match(r"\A(matplotlib|mpl_toolkits)(\Z|\.(?!tests\.))",',
        ),
        ("sklearn/metrics/_scorer.py", 'and not module.startswith("sklearn.metrics.tests.")'),
        ("sklearn/utils/discovery.py", '"tests",'),
    }
)
# Compilers and what they compile with; no line of Python needs to say so.
_FOR_COMPILERS = ("nvidia-*", "cuda-*", "ziglang", "pybind11*", "nanobind", "cppyy*", "cupy*")
# Every program in C names these, and means the compiler's.
_STANDARD_HEADERS = frozenset(
    {
        *("assert.h", "ctype.h", "errno.h", "float.h", "inttypes.h", "limits.h", "locale.h"),
        *("math.h", "memory.h", "setjmp.h", "signal.h", "stdarg.h", "stdbool.h", "stddef.h"),
        *("stdint.h", "stdio.h", "stdlib.h", "string.h", "time.h", "Python.h", "windows.h"),
    }
)
_NAME = re.compile(r"\w+", re.ASCII)
# A suite: its distribution and its folder.
_Place = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trim:
    """What one distribution is spared: which files by which rule, and what stays for a reason.

    `spared` is by final name. `symbols` asks for native files without them, `foreign_bytecode`
    leaves the wheel's bytecode for other Pythons in.
    """

    spared: Mapping[str, Rule] = field(default_factory=dict)
    kept: tuple[Kept, ...] = ()
    symbols: bool = False
    foreign_bytecode: bool = False

    @property
    def digest(self) -> str:
        """Return a hash of all of it, hex: a layer is made of it too."""
        whole = {**asdict(self), "spared": sorted(self.spared.items())}
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


def plan_trims(
    surveys: Sequence[Survey], app: Iterable[Reference], slimming: Slimming
) -> dict[str, Trim]:
    """Decide for each distribution what it is spared; `app` are references of the app's own files.

    A suite stays where anything that stays refers to it, in any distribution or in the app.
    """
    wanted = _wanted_suites(surveys, tuple(app), slimming)
    return {
        survey.name: _plan_trim(
            survey,
            surveys,
            {folder: why for (name, folder), why in wanted.items() if name == survey.name},
            slimming,
        )
        for survey in surveys
    }


def check_exemptions(slimming: Slimming, names: Collection[str]) -> tuple[str, ...]:
    """Return what to say of exemptions of distributions that are not there."""
    strangers = [one for one in slimming.exemptions if one.name not in names]
    return tuple(_tell_stranger(one, names) for one in strangers)


def _tell_stranger(exemption: Exemption, names: Collection[str]) -> str:
    near = get_close_matches(exemption.name, sorted(names), n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f'slim-except: "{exemption}" is about no distribution of this app{hint}'


def _plan_trim(
    survey: Survey,
    surveys: Sequence[Survey],
    wanted: Mapping[str, str],
    slimming: Slimming,
) -> Trim:
    """Return what a distribution is spared; `wanted` says why suites stay, by their folders."""
    rules = slimming.rules_for(survey.name)
    candidates: list[tuple[Rule, str, tuple[str, ...], str]] = [
        ("tests", f"{suite.folder}/", suite.files, wanted.get(suite.folder, ""))
        for suite in survey.suites
    ]
    candidates += [
        ("stubs", "*.pyi", survey.stubs, _why_stubs(survey, surveys)),
        ("headers", "*.h", survey.headers, _why_headers(survey, surveys)),
        ("static-libraries", "*.a", survey.archives, _why_archives(survey)),
    ]
    spared: dict[str, Rule] = {}
    kept: list[Kept] = []
    for rule, name, files, reason in candidates:
        if rule in rules and files and reason:
            kept.append(Kept(rule=rule, name=name, reason=reason))
        elif rule in rules:
            spared |= dict.fromkeys(files, rule)
    return Trim(
        spared=spared,
        kept=tuple(kept),
        symbols="symbols" in rules,
        foreign_bytecode="foreign-bytecode" not in rules,
    )


def _wanted_suites(
    surveys: Sequence[Survey], app: Sequence[Reference], slimming: Slimming
) -> dict[_Place, str]:
    """Return why suites stay, by distribution and folder; what stays may want further ones."""
    places = [(survey.name, suite.folder) for survey in surveys for suite in survey.suites]
    homes = {
        (survey.name, file): (survey.name, suite.folder)
        for survey in surveys
        for suite in survey.suites
        for file in suite.files
    }
    told = [(survey.name, one) for survey in surveys for one in survey.references]
    told += [("", one) for one in app]
    wishes = [
        (homes.get((owner, reference.origin)), place, reference.origin)
        for owner, reference in told
        for place in places
        if _refers(reference, owner, place)
    ]
    wanted = {place: "no rule takes it" for place in places if _is_exempt(place, slimming)}
    growing = True
    while growing:
        growing = False
        for home, place, origin in wishes:
            # What is in a suite wants something only as long as the suite stays.
            if place not in wanted and home != place and (home is None or home in wanted):
                wanted[place] = f"{origin} refers to it"
                growing = True
    return wanted


def _is_exempt(place: _Place, slimming: Slimming) -> bool:
    return "tests" not in slimming.rules_for(place[0])


def _refers(reference: Reference, owner: str, place: _Place) -> bool:
    """Say whether a reference is to a suite; `owner` is whose reference, "" for the app's."""
    name, folder = place
    if owner != name:
        # Nobody means another distribution by a bare word, but where the line names it too.
        is_named = reference.target == folder and reference.certainty in {"import", "path"}
        return is_named or _is_of_line(reference, folder)
    if (reference.origin, reference.line) in _ONLY_COMPARED:
        return False
    parent, _, base = f"/{folder}".rpartition("/")
    match reference.certainty:
        case "import":
            return reference.target == folder
        case "path":
            return f"/{folder}".endswith(f"/{reference.target}")
        case "pattern":
            return base == reference.target
        case "word":
            # Joined to the folder of the file itself, or to one above it.
            is_near = f"/{reference.origin}".startswith(f"{parent}/")
            return base == reference.target and (is_near or _is_of_line(reference, folder))


def _is_of_line(reference: Reference, folder: str) -> bool:
    """Say whether a word's line has every name on the way: files("pkg") / "tests"."""
    *parents, base = folder.split("/")
    words = set(_NAME.findall(reference.line))
    return base == reference.target and bool(parents) and words.issuperset(parents)


def _why_stubs(survey: Survey, surveys: Sequence[Survey]) -> str:
    if survey.reads_stubs:
        return f"{survey.reads_stubs} speaks of stubs"
    for other in _others(survey, surveys):
        used = set(other.modules) & set(survey.imports)
        if other.reads_stubs and used:
            return f"it imports {min(used)}, which speaks of stubs"
    return ""


def _why_headers(survey: Survey, surveys: Sequence[Survey]) -> str:
    if survey.reads_headers:
        return f"{survey.reads_headers} speaks of headers"
    for other in _others(survey, surveys):
        named = tuple(f"/{name}" for name in other.headers_named if name not in _STANDARD_HEADERS)
        if found := [file for file in survey.headers if f"/{file}".endswith(named)]:
            return f"{other.name} names {min(found)}"
        if asked := set(other.includes_of) & set(survey.modules):
            return f"{other.name} calls {min(asked)}.get_include()"
    return _why_for_compilers(survey)


def _why_archives(survey: Survey) -> str:
    if survey.reads_archives:
        return f"{survey.reads_archives} speaks of static libraries"
    return _why_for_compilers(survey)


def _why_for_compilers(survey: Survey) -> str:
    """Say why a distribution is there for compilers, "" where it is not."""
    if any(fnmatchcase(survey.name, pattern) for pattern in _FOR_COMPILERS):
        return "a compiler uses it when the app runs"
    return "it is made of them" if survey.for_compilers else ""


def _others(survey: Survey, surveys: Sequence[Survey]) -> Iterator[Survey]:
    return (other for other in surveys if other is not survey)
