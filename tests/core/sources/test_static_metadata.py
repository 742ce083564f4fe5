"""Static metadata is taken only where no back end could say something else."""

from __future__ import annotations

import pytest
from packaging.metadata import Metadata

from lading.core.errors import BuildError
from lading.core.sources.static_metadata import (
    DEFAULT_BUILD_REQUIRES,
    parse_build_requires,
    parse_identity,
    parse_static_metadata,
)

PROJECT = """
[build-system]
requires = ["hatchling>=1.27", "acme-build ; python_version > '3.8'"]
build-backend = "hatchling.build"

[project]
name = "Acme.Tax"
version = "1.2"
requires-python = ">=3.10"
dependencies = ["acme-core>=2", "colorama; sys_platform == 'win32'"]

[project.optional-dependencies]
Fast_Path = ["numpy>=2", "numba; python_version < '3.14' or sys_platform == 'linux'"]
"""


def static(pyproject: str | None = None, pkg_info: str | None = None) -> bytes | None:
    return parse_static_metadata(pyproject=pyproject, pkg_info=pkg_info, where="acme-tax")


def test_a_project_table_becomes_core_metadata_with_the_extras_in_markers() -> None:
    text = static(PROJECT)
    assert text is not None
    metadata = Metadata.from_email(text)
    assert (metadata.name, str(metadata.version)) == ("Acme.Tax", "1.2")
    assert str(metadata.requires_python) == ">=3.10"
    assert metadata.provides_extra == ["fast-path"]
    assert [str(requirement) for requirement in metadata.requires_dist or ()] == [
        "acme-core>=2",
        'colorama; sys_platform == "win32"',
        'numpy>=2; extra == "fast-path"',
        'numba; (python_version < "3.14" or sys_platform == "linux") and extra == "fast-path"',
    ]


def test_the_name_comes_back_canonical() -> None:
    assert parse_identity(static(PROJECT) or b"") == ("acme-tax", "1.2")


@pytest.mark.parametrize(
    "field", ["version", "requires-python", "dependencies", "optional-dependencies"]
)
def test_what_is_dynamic_must_be_built(field: str) -> None:
    name = '[project]\nname = "a"\n'
    version = "" if field == "version" else 'version = "1"\n'
    assert static(f'{name}{version}dynamic = ["{field}"]\n') is None


def test_a_dynamic_field_that_the_resolver_does_not_read_changes_nothing() -> None:
    assert static('[project]\nname = "a"\nversion = "1"\ndynamic = ["readme"]\n') is not None


def test_poetrys_own_tables_must_be_built() -> None:
    assert static('[tool.poetry]\nname = "a"\nversion = "1"\n') is None
    mixed = '[project]\nname = "a"\nversion = "1"\n[tool.poetry.dependencies]\nb = "^1"\n'
    assert static(mixed) is None


def test_a_setup_py_alone_must_be_built() -> None:
    assert static() is None


def test_a_recent_pkg_info_is_trusted_as_it_is() -> None:
    text = "Metadata-Version: 2.2\nName: acme-tax\nVersion: 3.0\nRequires-Dist: acme-core\n\n"
    assert static(pkg_info=text) == text.encode()


@pytest.mark.parametrize("field", ["Requires-Dist", "Provides-Extra", "Requires-Python", "version"])
def test_a_pkg_info_with_dynamic_fields_must_be_built(field: str) -> None:
    text = f"Metadata-Version: 2.4\nName: a\nVersion: 3.0\nDynamic: {field}\n\n"
    assert static(pkg_info=text) is None


def test_an_old_pkg_info_must_be_built() -> None:
    assert static(pkg_info="Metadata-Version: 2.1\nName: a\nVersion: 3.0\n\n") is None


def test_build_requirements_are_read_or_the_default_of_pep_517() -> None:
    wanted = ("hatchling>=1.27", 'acme-build; python_version > "3.8"')
    assert parse_build_requires(PROJECT, where="a") == wanted
    assert parse_build_requires(None, where="a") == DEFAULT_BUILD_REQUIRES
    assert parse_build_requires("[tool.x]\n", where="a") == DEFAULT_BUILD_REQUIRES
    assert parse_build_requires("[build-system]\nrequires = []\n", where="a") == ()


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[build-system]\nbuild-backend = 'x'\n", "no list of requirements"),
        ("[build-system]\nrequires = ['a b c']\n", "'a b c', which is no requirement"),
        ("[build-system\n", "cannot be read"),
    ],
)
def test_broken_build_requirements_name_the_tree(text: str, part: str) -> None:
    with pytest.raises(BuildError, match=f"acme-tax: .*{part}"):
        parse_build_requires(text, where="acme-tax")


def test_an_invalid_version_is_told_with_the_tree() -> None:
    with pytest.raises(BuildError, match=r"acme-tax: .*invalid"):
        static('[project]\nname = "a"\nversion = "not one"\n')
