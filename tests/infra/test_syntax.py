"""The files of infra/ as two grammars read them, and the parameters of the example."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from lark.exceptions import LarkError
from pycep import BicepParser

from lading.core.runtimes import RUNTIMES
from tests.infra.bicep import Array, BicepFile, Text, parse_bicep
from tests.infra.checker import check_bicep
from tests.infra.conftest import INFRA
from tests.infra.library import TypeLibrary

ROOT = INFRA.parent
PARAMETERS = INFRA / "main.bicepparam"
# Neither grammar knows parameter files, whose lines are those of variables.
_PARAMETER = re.compile(r"^param (?=\w+ =)", re.MULTILINE)
_USING = re.compile(r"^using '(.+)'\n", re.MULTILINE)


@pytest.mark.parametrize("path", sorted(INFRA.rglob("*.bicep")), ids=lambda path: path.name)
def test_a_second_grammar_reads_every_file_and_finds_the_same(
    path: Path, files: dict[str, BicepFile]
) -> None:
    file = files[path.relative_to(INFRA).as_posix()]
    tree: Mapping[str, Any] = BicepParser().parse(text=path.read_text("utf-8"))
    for kind in ("parameter", "variable", "resource", "module", "output"):
        assert list(tree.get(f"{kind}s", {})) == [found.name for found in file.of(kind)]


def test_the_second_grammar_refuses_what_is_no_bicep() -> None:
    text = (INFRA / "main.bicep").read_text("utf-8").replace("params: {", "params {", 1)
    with pytest.raises(LarkError):
        BicepParser().parse(text=text)


def test_the_example_gives_parameters_that_are_declared_and_all_that_are_needed(
    files: dict[str, BicepFile], library: TypeLibrary
) -> None:
    text = PARAMETERS.read_text("utf-8")
    (using,) = _USING.findall(text)
    assert using == "main.bicep"
    example = parse_bicep(_PARAMETER.sub("var ", _USING.sub("\n", text)), PARAMETERS.name)
    # A call of the file with these parameters is what the deployment makes of the two.
    lines = [f"  {found.name}: {found.name}" for found in example.of("variable")]
    module = "\n".join(["module it 'main.bicep' = {", "params: {", *lines, "}", "}"])
    call = BicepFile(
        name=PARAMETERS.name,
        declarations=(*example.declarations, *parse_bicep(module, PARAMETERS.name).declarations),
    )
    assert check_bicep({**files, call.name: call}, library) == ()


def test_the_pythons_are_those_that_a_package_can_be_built_for(files: dict[str, BicepFile]) -> None:
    python = files["main.bicep"].find("pythonVersion")
    assert python
    allowed = python.decorator("allowed")
    assert allowed
    (choices,) = allowed.arguments
    assert isinstance(choices, Array)
    offered = [choice.value for choice in choices.items if isinstance(choice, Text)]
    assert offered == [runtime.python for runtime in RUNTIMES if runtime.starts]


def test_the_example_has_the_python_of_the_sample_app() -> None:
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    python = configuration["tool"]["lading"]["apps"]["orders"]["python"]
    assert f"param pythonVersion = '{python}'\n" in PARAMETERS.read_text("utf-8")
