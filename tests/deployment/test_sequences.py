"""Random faults in random order: the app runs one release whole, and the exit code says which."""

from __future__ import annotations

import random

import pytest

from lading.core.deployment.outcome_report import render_outcome_text
from lading.core.deployment.outcomes import Outcome
from lading.core.deployment.release import Package
from lading.core.errors import LadingError
from local_azure.faults import FAULTS
from local_azure.sites.hosting import Hosting
from local_azure.sites.site import Site
from tests.deployment.conftest import FOREIGN, Port, runs
from tests.deployments import files

# In CI, and in `invoke sequences`.
SEQUENCES, ALL_SEQUENCES = 20, 200
HOSTINGS: tuple[Hosting, ...] = ("flex", "premium", "dedicated")
# Not of these plans, or nothing that goes wrong.
LEFT_OUT = {"settings-accepted", "never-ends"}
COLOURS = ("", "blue", "green")


def seeds() -> list[object]:
    slow = pytest.mark.slow
    return [
        seed if seed < SEQUENCES else pytest.param(seed, marks=slow)
        for seed in range(ALL_SEQUENCES)
    ]


@pytest.mark.parametrize("seed", seeds())
def test_after_any_faults_the_verdict_is_true(port: Port, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - faults, not secrets
    site = port.site(dice.choice(HOSTINGS))
    release = port.package("first", answers=dice.random() < 0.5)
    port.puts(release, site)
    for number in range(2):
        package = port.package(f"package{number}", answers=dice.random() < 0.5)
        told = switch_on(port, dice)
        colour = dice.choice(COLOURS)
        before = runs(site), dict(site.settings)
        outcome = deploy(port, site, package, colour)
        port.cloud.faults.clear()
        text = f"seed {seed}, {told}: " + (render_outcome_text(outcome) if outcome else "refused")
        check(site, outcome, package, before, text)
        # What was still under way ends in its own time.
        port.cloud.clock.skip(1800.0)
        port.cloud.world.agenda.settle()
    last = port.package("last")
    outcome = deploy(port, site, last, "")
    assert outcome is not None
    assert outcome.exit_code == 0, f"seed {seed}: {render_outcome_text(outcome)}"
    assert runs(site) == last.content_sha256


def switch_on(port: Port, dice: random.Random) -> list[str]:
    """Switch some faults on, most of them for a while only."""
    told = []
    for name in dice.sample(sorted(FAULTS.keys() - LEFT_OUT), dice.randint(0, 3)):
        lasting = FAULTS[name].number == "times" and dice.random() < 0.2
        number = None if lasting else dice.randint(1, 3)
        port.cloud.faults.switch_on(name, number)
        told.append(f"{name}:{number}")
    return told


def deploy(port: Port, site: Site, package: Package, colour: str) -> Outcome | None:
    """Deploy, and return nothing where the app could not even be read."""
    wanted = files(COLOUR=colour) if colour else files()
    try:
        return port.deploys(port.target(site), package, wanted)
    except LadingError:
        return None


def check(
    site: Site,
    outcome: Outcome | None,
    package: Package,
    before: tuple[str, dict[str, str]],
    text: str,
) -> None:
    """Hold what was said against what is there."""
    ran, settings = before
    assert runs(site) in {ran, package.content_sha256}, text
    assert site.settings["FOREIGN"] == FOREIGN, text
    ending = outcome.ending if outcome is not None else "as before"
    match ending:
        case "released":
            assert runs(site) == package.content_sha256, text
        case "as before":
            assert runs(site) == ran, text
            own = {"COLOUR", "LADING_SETTINGS"}
            for name in own | settings.keys():
                assert site.settings.get(name) == settings.get(name), f"{name}: {text}"
        case "mixed" | "unknown":
            assert outcome is not None
            assert outcome.exit_code == 8, text
