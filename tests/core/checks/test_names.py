"""Names of the app that others have as well: found where an import would meet the wrong one."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from lading.core.bundle import Bundle
from lading.core.checks.names import check_names, imported_names, standard_library, top_names
from lading.core.layer import SITE_PACKAGES
from lading.core.runtimes import runtime_for
from tests.bundles import bundle_of_names


def bundle_of(app: Iterable[str], site: Iterable[str]) -> Bundle:
    return bundle_of_names([*app, *(f"{SITE_PACKAGES}{name}" for name in site)])


def found(
    app: Iterable[str],
    site: Iterable[str] = (),
    *,
    python: str = "3.13",
    imports: Iterable[tuple[str, str]] = (),
) -> list[str]:
    findings = check_names(bundle_of(app, site), runtime_for(python), lambda: imports)
    return [f"{finding.code} {finding.subject}" for finding in findings]


@pytest.mark.parametrize("python", ["3.11", "3.13"])
def test_names_of_the_apps_own_are_no_finding(python: str) -> None:
    app = ["function_app.py", "shared/__init__.py", "shared/email.py", "templates/email/x.html"]
    assert found(app, ["requests/__init__.py"], python=python) == []


@pytest.mark.parametrize("name", ["calendar.py", "calendar/__init__.py"])
def test_a_name_of_the_standard_library_is_an_error_where_the_app_comes_first(name: str) -> None:
    assert found([name], python="3.12") == ["stdlib-shadowed calendar"]


def test_where_the_app_comes_last_it_matters_only_to_who_imports_it() -> None:
    assert found(["calendar.py"]) == []
    imports = [("function_app.py", "calendar")]
    assert found(["calendar.py"], imports=imports) == ["module-hidden calendar"]


@pytest.mark.parametrize("python", ["3.11", "3.13"])
def test_a_folder_that_is_no_package_hides_nothing(python: str) -> None:
    assert found(["email/welcome.py"], python=python) == []
    imports = [("function_app.py", "email")]
    assert found(["email/welcome.py"], python=python, imports=imports) == ["module-hidden email"]


def test_tests_that_only_import_themselves_are_left_in_peace() -> None:
    app = ["tests/__init__.py", "tests/test_a.py"]
    imports = [("tests/test_a.py", "tests")]
    assert found(app, ["tests/__init__.py"], imports=imports) == []
    imports.append(("function_app.py", "tests"))
    assert found(app, ["tests/__init__.py"], imports=imports) == ["module-hidden tests"]
    # The worker of 3.13 has a package of this name among its own.
    assert found(app, imports=imports) == ["module-hidden tests"]
    assert found(app, python="3.12", imports=imports) == []


def test_a_dependency_of_the_same_name_is_an_error_with_every_python() -> None:
    for python in ("3.11", "3.13"):
        assert found(["numpy/__init__.py"], ["numpy/__init__.py"], python=python) == [
            "module-hidden numpy"
        ]


def test_parts_of_one_namespace_lie_beside_each_other() -> None:
    assert found(["acme/orders/a.py"], ["acme/core/__init__.py"]) == []


def test_a_package_of_the_app_hides_a_namespace_of_dependencies() -> None:
    assert found(["azure/__init__.py"], ["azure/functions/__init__.py"]) == ["module-hidden azure"]


def test_a_backport_comes_before_the_standard_library_on_azure() -> None:
    assert found([], ["dataclasses.py"]) == ["stdlib-shadowed dataclasses"]
    assert found([], ["distutils/__init__.py"]) == []
    assert found([], ["distutils/__init__.py"], python="3.11") == ["stdlib-shadowed distutils"]


def test_each_minor_has_its_own_standard_library() -> None:
    old, new = standard_library(runtime_for("3.10")), standard_library(runtime_for("3.14"))
    assert {"cgi", "imp", "json"} <= old
    assert {"tomllib", "compression"} & old == set()
    assert {"cgi", "imp"} & new == set()
    assert {"tomllib", "compression", "json"} <= new


def test_what_can_be_imported_is_told_by_the_names_of_files() -> None:
    files = [
        "a.py",
        "b/__init__.py",
        "b/c.py",
        "d/e.py",
        "f.abi3.so",
        "g/data.txt",
        "h-1.dist-info/x",
    ]
    assert top_names(files) == {"a": "module", "b": "package", "d": "namespace", "f": "module"}


def test_imports_are_read_from_the_source() -> None:
    source = b"import a.b, c\nfrom d.e import f\nfrom . import g\nfrom .h import i\n"
    assert imported_names(source) == {"a", "c", "d"}
    assert imported_names(b"not python (") == imported_names(b"\0") == frozenset()
