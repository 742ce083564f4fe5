"""A deployment that cannot go on from here tells what it has done, as any other one does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from lading.core.access.scope import Grant
from lading.core.deployment.outcome_report import render_outcome_text
from lading.core.errors import ConfigError, CredentialError
from lading.edges.azure.account import Account
from lading.stages.perform import perform
from local_azure.sites.hosting import Hosting
from tests.deployment.conftest import Port, runs
from tests.deployments import files


@dataclass(frozen=True, kw_only=True)
class Fading(Account):
    """An identity of which no token can be had, once `ends` holds something."""

    ends: list[str]

    def grant(self) -> Grant:
        """Return the token, as long as there is one."""
        self._check()
        return super().grant()

    def scm_grants(self, origin: str) -> Iterator[Grant]:
        """Give the tokens, as long as there are any."""
        self._check()
        return super().scm_grants(origin)

    def _check(self) -> None:
        if self.ends:
            raise CredentialError(self.ends[0], remedy="Run the pipeline again.")


@pytest.mark.parametrize("hosting", ["flex", "premium"])
def test_a_token_that_ends_after_the_upload_does_not_hide_it(port: Port, hosting: Hosting) -> None:
    ends: list[str] = []
    account = port.azure.account
    fading = Fading(entra=account.entra, choice=account.choice, cloud=account.cloud, ends=ends)
    port.azure = replace(port.azure, account=fading)
    site = port.site(hosting)
    plan, reached = port.plan(port.target(site), port.package("one"), files(COLOUR="blue"))

    @contextmanager
    def transfer(title: str, size: int) -> Iterator[Callable[[int], None]]:
        del title, size
        yield lambda _count: None
        ends.append("the job's token is over")

    outcome = perform(plan, replace(port.means(plan, reached), transfer=transfer)).outcome
    text = render_outcome_text(outcome)
    assert outcome.exit_code == 8, text
    assert "the job's token is over" in text
    assert "Run the pipeline again." in text
    states = {one.step.name: one.state for one in outcome.steps}
    assert states["upload"] == "done"


@pytest.mark.parametrize("hosting", ["flex", "premium"])
def test_a_package_that_was_built_anew_meanwhile_does_not_leave(
    port: Port, hosting: Hosting
) -> None:
    site = port.site(hosting)
    before = dict(site.settings)
    package = port.package("one")
    outcome = port.deploys(
        port.target(site),
        package,
        files(COLOUR="blue"),
        before=lambda: Path(package.path).write_bytes(b"another"),
    )
    assert outcome.exit_code == 7, render_outcome_text(outcome)
    assert "is not the one any more" in render_outcome_text(outcome)
    assert runs(site) == ""
    assert site.settings == before


def test_settings_that_another_always_writes_too_are_not_said_to_be_as_before(port: Port) -> None:
    site = port.site("premium")
    outcome = port.deploys(
        port.target(site),
        port.package("one"),
        files(COLOUR="blue"),
        before=lambda: port.cloud.faults.switch_on("settings-lost"),
    )
    text = render_outcome_text(outcome)
    assert outcome.exit_code == 8, text
    assert "again and again" in text
    assert outcome.steps[-1].state == "not begun"
    assert runs(site) == ""


def test_settings_are_taken_back_also_where_their_write_got_no_answer(port: Port) -> None:
    site = port.site("premium", COLOUR="red")
    before = dict(site.settings)

    def lose() -> None:
        port.cloud.faults.switch_on("settings-unanswered", 1)
        port.cloud.faults.switch_on("ends-failed", 1)

    outcome = port.deploys(
        port.target(site), port.package("one"), files(COLOUR="blue"), before=lose
    )
    assert (outcome.exit_code, outcome.ending) == (7, "as before"), render_outcome_text(outcome)
    assert site.settings == before


def test_settings_that_were_not_written_after_all_are_said_to_be_as_before(port: Port) -> None:
    site = port.site("premium")
    before = dict(site.settings)
    plan, reached = port.plan(port.target(site), port.package("one"), files(COLOUR="blue"))
    port.cloud.faults.switch_on("settings-refused-late")
    outcome = perform(plan, port.means(plan, reached)).outcome
    assert (outcome.exit_code, outcome.ending) == (7, "as before"), render_outcome_text(outcome)
    assert site.settings == before


@pytest.mark.parametrize(
    ("fault", "step"), [("settings-unanswered", "write-settings"), ("reply-lost", "upload")]
)
def test_what_may_have_been_done_is_not_said_to_be_as_before_when_it_is_stopped(
    port: Port, fault: str, step: str
) -> None:
    site = port.site("flex")
    port.puts(port.package("old"), site)
    wanted = files(COLOUR="blue") if step == "write-settings" else files()
    plan, reached = port.plan(port.target(site), port.package("new"), wanted)
    port.cloud.faults.switch_on(fault)
    performed = perform(plan, port.means(plan, reached, azure=port.stopping_after(0)))
    assert performed.stopped
    begun = [one for one in performed.outcome.steps if one.state != "not begun"]
    assert (begun[-1].step.name, begun[-1].state) == (step, "unknown")
    assert performed.outcome.ending == "unknown"


@pytest.mark.parametrize("hosting", ["flex", "premium"])
def test_no_token_is_sent_to_an_scm_site_outside_of_the_cloud(port: Port, hosting: Hosting) -> None:
    site = port.site(hosting)
    account = port.azure.account
    cloud = replace(account.cloud, app_domains=("azurewebsites.net",))
    port.azure = replace(port.azure, account=replace(account, cloud=cloud))
    port.cloud.faults.switch_on("scm-unavailable")
    outcome = port.deploys(port.target(site), port.package("one"))
    assert outcome.exit_code == 7
    (problem,) = outcome.plan.problems
    assert "no host of this cloud" in problem.text
    assert port.cloud.faults.met == ()


@pytest.mark.parametrize("hosting", ["flex", "premium"])
def test_an_scm_site_that_falls_silent_is_not_listened_to_for_half_an_hour(
    port: Port, hosting: Hosting
) -> None:
    site = port.site(hosting)
    package = port.package("one")
    plan, reached = port.plan(port.target(site), package)

    @contextmanager
    def transfer(title: str, size: int) -> Iterator[Callable[[int], None]]:
        del title, size
        yield lambda _count: None
        port.cloud.faults.switch_on("scm-bad-gateway")

    outcome = perform(plan, replace(port.means(plan, reached), transfer=transfer)).outcome
    text = render_outcome_text(outcome)
    waited = next(one for one in outcome.steps if one.step.name == "await-deployment")
    assert (waited.state, waited.seconds < 400) == ("unknown", True), text
    assert "has said nothing for 5 min" in text
    # The app itself says what it runs.
    assert outcome.exit_code == 0, text
    assert runs(site) == package.content_sha256


def test_no_token_is_sent_to_a_container_outside_of_the_cloud(port: Port) -> None:
    account = port.azure.account
    cloud = replace(account.cloud, blob_domains=("blob.core.windows.net",))
    port.azure = replace(port.azure, account=replace(account, cloud=cloud))
    target = replace(port.target(port.site("flex")), packages="https://acme.blob.evil.test/kept")
    with pytest.raises(ConfigError, match="no Blob storage of this cloud"):
        port.plan(target, port.package("one"))
