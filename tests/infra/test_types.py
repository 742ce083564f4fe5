"""infra/ against Microsoft's resource types, and that each kind of mistake in it is found."""

from __future__ import annotations

import re

import pytest

from tests.infra.bicep import BicepFile, BicepSyntaxError, parse_bicep
from tests.infra.changes import Change, read_changes
from tests.infra.checker import check_bicep
from tests.infra.conftest import INFRA
from tests.infra.library import TypeLibrary

APP = "modules/app.bicep"


def test_every_file_is_as_microsofts_resource_types_have_it(
    files: dict[str, BicepFile], library: TypeLibrary
) -> None:
    assert check_bicep(files, library) == ()


@pytest.mark.parametrize("change", read_changes("mistakes.toml"), ids=str)
def test_each_kind_of_mistake_is_found_in_its_file(
    files: dict[str, BicepFile], library: TypeLibrary, change: Change
) -> None:
    problems = check_bicep(change.made_in(files, INFRA), library)
    place = re.compile(rf"{re.escape(change.file)}:\d+: ")
    assert any(change.said in problem and place.match(problem) for problem in problems), problems


def test_an_unclosed_brace_is_no_bicep() -> None:
    text = (INFRA / APP).read_text("utf-8").replace("reserved: true\n  }\n", "reserved: true\n", 1)
    with pytest.raises(BicepSyntaxError, match=r"modules/app\.bicep:\d+"):
        parse_bicep(text, APP)
