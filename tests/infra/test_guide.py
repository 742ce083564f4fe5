"""infra/README.md says what the files do."""

from __future__ import annotations

import re
import tomllib

from lading.core.config import Target
from lading.core.config.pyproject import parse_project
from tests.infra.bicep import Array, BicepFile, Call, Object, Text
from tests.infra.conftest import INFRA
from tests.infra.rules import RIGHTS

ROOT = INFRA.parent
GUIDE = (INFRA / "README.md").read_text("utf-8")
CODE = re.compile(r"`([^`\n]+)`")
ROW = re.compile(r"^\| `NAME-(app|deployer)` \| ([A-Z][^|:]+?)(?::[^|]*)? \|", re.MULTILINE)


def read_target(table: str) -> Target:
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["lading"]
    configuration["targets"] = tomllib.loads(table)["tool"]["lading"]["targets"]
    (read,) = parse_project(configuration, root=ROOT).targets
    return read


def test_the_target_is_one_that_lading_reads() -> None:
    (table,) = re.findall(r"```toml\n(.+?)```", GUIDE, re.DOTALL)
    read = read_target(table)
    assert (read.function_app, read.resource_group) == ("orders-prod", "orders-prod")
    assert read.packages


def test_the_lines_of_its_output_are_those_of_the_target(files: dict[str, BicepFile]) -> None:
    (table,) = re.findall(r"```toml\n(.+?)```", GUIDE, re.DOTALL)
    (output,) = (found for found in files["main.bicep"].of("output") if found.name == "target")
    assert isinstance(output.value, Call)
    lines, end = output.value.arguments
    assert isinstance(lines, Array)
    assert isinstance(end, Text)
    told = [line.value for line in lines.items if isinstance(line, Text)]
    filled = re.sub(r'"[^"]+"', '"…"', table).splitlines()
    assert (filled[2:], end.value) == (told, r"\n")


def test_every_parameter_and_output_that_it_names_is_there(files: dict[str, BicepFile]) -> None:
    main = files["main.bicep"]
    declared = {found.name for found in (*main.of("parameter"), *main.of("output"))}
    outputs = {found.name for found in main.of("output")}
    named = set(CODE.findall(GUIDE))
    assert outputs <= named
    camel = {name for name in named if re.fullmatch(r"[a-z]+(?:[A-Z][a-z]+)+", name)}
    assert camel <= declared


def test_it_names_every_role_and_no_other() -> None:
    told = {(who, role) for who, roles in ROW.findall(GUIDE) for role in roles.split(", ")}
    assert told == {
        (name.removeprefix("modules/").removesuffix(".bicep"), role) for name, role, _ in RIGHTS
    }


def test_it_names_every_setting_that_the_infrastructure_owns(files: dict[str, BicepFile]) -> None:
    settings = files["modules/app.bicep"].find("settings")
    assert settings
    own = settings.body.get("params", "own")
    assert isinstance(own, Object)
    assert {entry.key.value for entry in own.entries} <= set(CODE.findall(GUIDE))
