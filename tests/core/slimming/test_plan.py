"""What is spared follows from everything that could need it, in the distribution and around it."""

from __future__ import annotations

import pytest

from lading.core.slimming import DEFAULT_RULES, Exemption, Slimming
from lading.core.slimming.notes import Notes, find_suites
from lading.core.slimming.plan import Trim, check_exemptions, plan_trims
from lading.core.slimming.references import parse_references
from lading.core.slimming.survey import Survey, parse_survey, render_survey

Files = dict[str, bytes]
SUITE: Files = {"pkg/__init__.py": b"", "pkg/tests/__init__.py": b"", "pkg/tests/test_a.py": b""}
HEADER = b"#ifndef A\n#define A\n#endif\n"


def survey(files: Files, name: str = "pkg") -> Survey:
    notes = Notes(name, set(files))
    for file, content in files.items():
        if notes.wants(file, len(content)):
            notes.note(file, content)
    return notes.close()


def planned(
    files: Files,
    *others: Survey,
    slimming: Slimming = Slimming(),  # noqa: B008 - a frozen value
    app: str = "",
) -> Trim:
    references = parse_references("function_app.py", app.encode())
    return plan_trims([survey(files), *others], references, slimming)["pkg"]


def spared(files: Files, *others: Survey, app: str = "") -> list[str]:
    return sorted(planned(files, *others, app=app).spared)


def test_a_suite_that_nothing_refers_to_is_spared_with_its_data() -> None:
    files = SUITE | {"pkg/tests/data/a.json": b"{}", "pkg/py.typed": b""}
    assert spared(files) == [
        "pkg/tests/__init__.py",
        "pkg/tests/data/a.json",
        "pkg/tests/test_a.py",
    ]


@pytest.mark.parametrize(
    "source",
    [
        b"from pkg.tests import x",
        b"def f():\n    from .tests.test_a import x",
        b"import pkg.tests.test_a as t",
        b"DATA = join(dirname(__file__), 'tests', 'data')",
        b"x = import_module('pkg.tests.test_a')",
        b"x = f'{package}.tests'",
        b"__all__ = ['tests']",
    ],
)
def test_a_suite_that_code_beside_it_refers_to_stays(source: bytes) -> None:
    trim = planned(SUITE | {"pkg/mod.py": source})
    assert not trim.spared
    assert [(one.rule, one.name) for one in trim.kept] == [("tests", "pkg/tests/")]
    assert trim.kept[0].reason == "pkg/mod.py refers to it"


@pytest.mark.parametrize(
    "files",
    [
        {"pkg-1.0.dist-info/entry_points.txt": b"[backends]\nx = pkg.tests.test_a:run\n"},
        {"pkg/_native.cpython-313-x86_64-linux-gnu.so": b"\x7fELF\0pkg.tests\0"},
        {"pkg/settings.yaml": b"_target_: pkg.tests.test_a.Thing\n"},
    ],
)
def test_a_suite_that_is_named_outside_of_python_stays(files: Files) -> None:
    assert spared(SUITE | files) == []


def test_a_suite_that_another_distribution_or_the_app_refers_to_stays() -> None:
    other = survey({"other/__init__.py": b"from pkg.tests.test_a import Base"}, "other")
    assert spared(SUITE, other) == []
    assert spared(SUITE, app="from pkg.tests import test_a") == []
    # A bare word means a folder of the file's own distribution.
    elsewhere = survey({"other/__init__.py": b"x = 'tests'"}, "other")
    assert spared(SUITE, elsewhere, app="x = 'tests'") != []
    # But where the line names the other one, too.
    assert spared(SUITE, app="x = importlib.resources.files('pkg') / 'tests' / 'a.csv'") == []
    assert spared(SUITE, app="x = files('pkg').joinpath('tests', 'a.csv')") == []
    data = survey({"other/__init__.py": b"x = pkgutil.get_data('pkg', 'tests/a.csv')"}, "other")
    assert spared(SUITE, data) == []


def test_what_a_suite_that_stays_imports_stays_too() -> None:
    files = SUITE | {
        "pkg/mod.py": b"from pkg.tests import test_a",
        "pkg/tests/test_a.py": b"from pkg.sub.tests.test_b import x",
        "pkg/sub/tests/test_b.py": b"from pkg.deep.tests import test_c",
        "pkg/deep/tests/test_c.py": b"",
        "pkg/other/tests/test_d.py": b"from pkg.tests import test_a",
    }
    assert spared(files) == ["pkg/other/tests/test_d.py"]


def test_a_bare_word_keeps_what_is_beside_or_above_it() -> None:
    files = SUITE | {
        "pkg/a/deep.py": b"x = 'tests'",
        "pkg/a/tests/test_b.py": b"",
        "pkg/b/tests/test_c.py": b"",
    }
    assert spared(files) == ["pkg/b/tests/test_c.py"]
    afar = {"pkg/a/deep.py": b"x = join(dirname(pkg.__file__), 'b', 'tests', 'c.json')"}
    assert spared(files | afar) == []


def test_a_folder_is_a_suite_by_its_modules_and_not_by_its_name_alone() -> None:
    names = [
        "a/tests/core.py",  # filters of a template language
        "b/test/client.py",  # help for others' tests
        "b/test/test_b.py",
        "c/test/__init__.py",
        "c/test/test_c.py",
        "d/tests/helpers.py",
        "d/tests/unit/tests/test_d.py",
        "e/testing/test_e.py",
        "f-1.0.dist-info/licenses/tests/test_f.py",
        "tests/test_g.py",
    ]
    assert [one.folder for one in find_suites(names)] == ["c/test", "d/tests", "tests"]


def test_what_only_a_test_runner_loads_keeps_nothing() -> None:
    files = {"pkg/conftest.py": b"from pkg.tests import x", "pkg/pyproject.toml": b"x='pkg/tests'"}
    assert len(spared(SUITE | files)) == 2


def test_stubs_are_spared_unless_code_reads_them() -> None:
    stubs = {"pkg/__init__.pyi": b"from . import a", "pkg/py.typed": b"", "pkg/__init__.py": b""}
    assert spared(stubs) == ["pkg/__init__.pyi"]
    lazy = b"import lazy_loader as lazy\n__getattr__, *_ = lazy.attach_stub(__name__, __file__)\n"
    assert spared(stubs | {"pkg/__init__.py": lazy}) == []
    assert spared(stubs | {"pkg/x.py": b"p = path.with_suffix('.pyi')"}) == []
    # A helper of the team's own, in a distribution that others import.
    helper = survey({"acme_lazy.py": b"def load(p): return p.with_suffix('.pyi')"}, "acme-lazy")
    assert spared(stubs | {"pkg/__init__.py": b"from acme_lazy import load"}, helper) == []
    assert spared(stubs | {"pkg/x.py": b"x = 'copying'"}, helper) == ["pkg/__init__.pyi"]


def test_headers_are_spared_unless_code_speaks_of_them() -> None:
    files = {"pkg/__init__.py": b"x = 1\n" * 99, "pkg/include/a.h": HEADER}
    assert spared(files) == ["pkg/include/a.h"]
    assert spared(files | {"pkg/jit.py": b"x = '#include \"b.h\"'"}) == []
    assert spared(files | {"pkg/data.h": b"0 1 2"}) == ["pkg/include/a.h"]
    other = survey({"other.py": b"x = 'include/a.h'"}, "other")
    assert spared(files, other) == []
    asking = survey({"other.py": b"import pkg\nx = pkg.get_include()"}, "other")
    assert spared(files, asking) == []
    standard = survey({"other.py": b"x = '#include <stdio.h>'"}, "other")
    assert spared(files | {"pkg/include/stdio.h": HEADER}, standard) == [
        "pkg/include/a.h",
        "pkg/include/stdio.h",
    ]


def test_static_libraries_are_known_by_their_content() -> None:
    files = {
        "pkg/__init__.py": b"x = 1\n" * 99,
        "pkg/liba.a": b"!<arch>\n",
        "pkg/data.a": b"something else",
        "pkg/b.lib": b"!<arch>\n",
    }
    assert spared(files) == ["pkg/b.lib", "pkg/liba.a"]
    assert spared(files | {"pkg/link.py": b"x = 'liba.a'"}) == []


def test_what_is_there_for_compilers_keeps_what_they_read() -> None:
    assert spared({"pkg/__init__.py": b"", "pkg/include/a.h": HEADER}) == []
    toolkit = survey({"nvidia/x/__init__.py": b"x=1\n" * 99, "nvidia/a.h": HEADER}, "nvidia-x-cu12")
    trims = plan_trims([toolkit], (), Slimming())
    assert trims["nvidia-x-cu12"].kept[0].reason == "a compiler uses it when the app runs"


def test_each_rule_is_undone_alone_and_for_one_distribution() -> None:
    files = SUITE | {"pkg/a.pyi": b""}
    only = Slimming(rules=("stubs",))
    assert sorted(planned(files, slimming=only).spared) == ["pkg/a.pyi"]
    exempt = Slimming(exemptions=(Exemption(name="pkg", rule="stubs"),))
    assert "pkg/a.pyi" not in planned(files, slimming=exempt).spared
    assert "pkg/tests/test_a.py" in planned(files, slimming=exempt).spared
    whole = planned(files, slimming=Slimming(exemptions=(Exemption(name="pkg"),)))
    assert (dict(whole.spared), whole.foreign_bytecode) == ({}, True)
    assert planned(files, slimming=Slimming(rules=())).spared == {}


def test_an_exempt_suite_is_there_and_may_want_others() -> None:
    files = {"other/tests/test_o.py": b"from pkg.tests.test_a import x"}
    slimming = Slimming(exemptions=(Exemption(name="other", rule="tests"),))
    assert planned(SUITE, survey(files, "other"), slimming=slimming).spared == {}
    assert spared(SUITE, survey(files, "other")) != []


def test_lines_that_were_read_by_people_keep_nothing() -> None:
    reviewed = b'        _test_dir = os.path.join(_pkg_dir, "tests") + os.sep\n'
    files = {"pandas/util/_exceptions.py": reviewed, "pandas/tests/test_a.py": b""}
    assert plan_trims([survey(files)], (), Slimming())["pkg"].spared
    changed = files | {"pandas/util/_exceptions.py": reviewed.replace(b"_pkg_dir", b"other")}
    assert not plan_trims([survey(changed)], (), Slimming())["pkg"].spared


def test_symbols_are_taken_on_request_alone() -> None:
    assert not planned(SUITE).symbols
    assert planned(SUITE, slimming=Slimming(rules=(*DEFAULT_RULES, "symbols"))).symbols


def test_exemptions_of_strangers_are_told() -> None:
    slimming = Slimming(exemptions=(Exemption(name="scikit-images", rule="stubs"),))
    (told,) = check_exemptions(slimming, {"scikit-image", "numpy"})
    assert told == (
        'slim-except: "scikit-images:stubs" is about no distribution of this app;'
        " did you mean scikit-image?"
    )


def test_a_survey_is_kept_whole_and_tells_trims_apart() -> None:
    files = SUITE | {"pkg/mod.py": b"x = 'tests', 'a.h', 'liba.a', '.pyi'", "pkg/a.h": HEADER}
    one = survey(files)
    assert parse_survey(render_survey(one)) == one
    assert one.reads_headers == one.reads_archives == one.reads_stubs == "pkg/mod.py"
    digests = {planned(SUITE, slimming=Slimming(rules=rules)).digest for rules in ((), ("tests",))}
    assert len(digests) == 2
