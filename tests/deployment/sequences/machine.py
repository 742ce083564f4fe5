"""What may happen to an app, in any order: faults, deployments, rollbacks, others, a kill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from lading.core.config import Target
from local_azure.faults import FAULTS
from local_azure.sites.deployments import Record
from local_azure.sites.hosting import Hosting
from local_azure.sites.site import Site
from tests.deployment.sequences.ground import Ground
from tests.deployment.sequences.others import ACTS, Act, Others, newer_packages
from tests.deployment.sequences.running import Abroad, Job, Pace, Said, run, run_and_kill
from tests.deployment.sequences.shelf import Item, sha256_of
from tests.deployment.sequences.tally import Row
from tests.deployment.sequences.truth import OWN, RECORD, Attempt, Place, Seen, check_attempt

Where = Literal["app", "slot", "swap"]
HOSTINGS: tuple[Hosting, ...] = ("flex", "premium", "dedicated")
# Container Apps, packages by URL, and requests that lading never makes.
_NEVER_HERE = {
    "settings-accepted",
    "identity-forbidden",
    "content-type-400",
    "remote-build-by-default",
}
_ON_FLEX = {
    "conflict-later",
    "left-behind",
    "list-forgets",
    "settings-stop-flex",
    "upload-step-403",
    "warmup-only",
    *(name for name in FAULTS if name.startswith(("publish-", "recycled-"))),
}
_ON_APP_SERVICE = {"auto-swap", "wwwroot-unmounted"}
_SHORTEST_SECRET = 11
# So long, in seconds, nothing is under way any more: a lock is let go of after 1500.
_ALL_IS_OVER = 1800.0
_PAUSES = st.sampled_from([0.0, 60.0, _ALL_IS_OVER])
_COLOURS = st.sampled_from(["", "colour-of-the-sea", "colour-of-the-sky"])
# Most faults are over soon; None is for as long as nobody switches it off.
_NUMBERS = st.sampled_from([1, 2, 3, None, None])
_ACTS: st.SearchStrategy[Act] = st.sampled_from(ACTS)
# What somebody else does meanwhile, and after how many of lading's waits.
Meanwhile = tuple[Act, int] | None
_MEANWHILE: st.SearchStrategy[Meanwhile] = st.none() | st.tuples(_ACTS, st.integers(0, 10))
# What goes wrong in a command: from its beginning, or from when it has planned on.
Wrong = tuple[Mapping[str, int | None], bool]
_WRONG: st.SearchStrategy[Wrong] = st.runner().flatmap(
    lambda machine: st.tuples(
        st.dictionaries(st.sampled_from(machine.faults), _NUMBERS, min_size=1, max_size=3),
        st.booleans(),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a command is to bring: a package, None for the one before, and the files' colour."""

    item: Item | None
    colour: str = ""
    meanwhile: Meanwhile = None
    signs: int | None = None


class Sequence(RuleBasedStateMachine):
    """One app from its first release on; everything is checked after each command."""

    def __init__(self, ground: Ground, rows: list[Row]) -> None:
        super().__init__()
        ground.clear()
        self._ground = ground
        self._rows = rows
        self._cloud = ground.azure.cloud
        self._number = 1
        self._speaks = True
        self._is_sound = True
        self._late: Mapping[str, int | None] = {}
        self.faults: tuple[str, ...] = ()

    @initialize(
        hosting=st.sampled_from(HOSTINGS),
        where=st.sampled_from(["app", "app", "slot", "swap"]),
        speaks=st.booleans(),
        keeps=st.booleans(),
        is_used=st.booleans(),
    )
    def begins(
        self, *, hosting: Hosting, where: Where, speaks: bool, keeps: bool, is_used: bool
    ) -> None:
        """An app runs its first release."""
        self._speaks = speaks
        slot = "staging" if where != "app" and hosting != "flex" else None
        self._site = self._ground.create(hosting)
        self._slot = self._site.slots.get("staging")
        self._place = self._slot if slot and self._slot else self._site
        self._target = Target(
            name="orders",
            app="orders",
            subscription=self._ground.azure.subscription,
            resource_group=self._site.spec.group,
            function_app=self._site.spec.name,
            settings=("orders.env",),
            slot=slot,
            swap=where == "swap" and slot is not None,
            packages=self._ground.container if keeps else None,
        )
        settings = dict(self._seen().app.foreign)
        self._others = Others(self._sites, self._ground.shelf, settings=settings)
        names = FAULTS.keys() - _NEVER_HERE - (_ON_APP_SERVICE if hosting == "flex" else _ON_FLEX)
        swaps = {name for name in names if name.startswith("swap-") and not self._target.swap}
        pulls = {name for name in names if name.startswith("onedeploy-") and not keeps}
        self.faults = tuple(sorted(names - swaps - pulls))
        self._others.bring(self._site, self._item(0))
        if slot and is_used:
            self._others.bring(self._place, self._item(1))
        self._ground.pass_time(_ALL_IS_OVER)

    @rule(wrong=_WRONG, colour=_COLOURS, meanwhile=_MEANWHILE, pause=_PAUSES)
    def deploys_a_new_release(
        self, wrong: Wrong, colour: str, meanwhile: Meanwhile, pause: float
    ) -> None:
        """The next package is deployed."""
        self._number += 1
        wish = Wish(item=self._item(self._number), colour=colour, meanwhile=meanwhile)
        self._attempts(wish, wrong, pause)

    @rule(wrong=_WRONG, colour=_COLOURS, meanwhile=_MEANWHILE, pause=_PAUSES)
    def deploys_the_same_again(
        self, wrong: Wrong, colour: str, meanwhile: Meanwhile, pause: float
    ) -> None:
        """The package is deployed that was deployed last, whatever became of it."""
        wish = Wish(item=self._item(self._number), colour=colour, meanwhile=meanwhile)
        self._attempts(wish, wrong, pause)

    @rule(wrong=_WRONG, meanwhile=_MEANWHILE, pause=_PAUSES)
    def rolls_back(self, wrong: Wrong, meanwhile: Meanwhile, pause: float) -> None:
        """The release before is to come back."""
        self._attempts(Wish(item=None, meanwhile=meanwhile), wrong, pause)

    @rule(wrong=_WRONG, colour=_COLOURS, signs=st.integers(0, 30), pause=_PAUSES)
    def is_killed(self, wrong: Wrong, colour: str, signs: int, pause: float) -> None:
        """A process deploys the next package, and is killed after so many signs of life."""
        self._number += 1
        wish = Wish(item=self._item(self._number), colour=colour, signs=signs)
        self._attempts(wish, wrong, pause)

    @rule(act=_ACTS)
    def somebody_else(self, act: Act) -> None:
        """Somebody else does something, and does not wait for it to end."""
        self._others.act(act, self._place)

    @rule(
        name=st.sampled_from(sorted(OWN - {RECORD})),
        text=st.sampled_from(["0", "1", "true", "by-hand"]),
    )
    def somebody_sets(self, name: str, text: str) -> None:
        """Somebody writes a setting by hand that deployments write."""
        self._place.write_settings(self._place.settings | {name: text})

    @rule(stops=st.booleans())
    def somebody_turns(self, *, stops: bool) -> None:
        """Somebody stops the app, or starts it again."""
        for site in self._sites:
            site.state = "Stopped" if stops else "Running"

    def teardown(self) -> None:
        """Once nothing goes wrong any more, the next deployment brings its release."""
        if not self._is_sound or not self.faults:
            return
        self._cloud.faults.clear()
        for site in self._sites:
            site.state = "Running"
        self._ground.pass_time(_ALL_IS_OVER)
        self._number += 1
        wish = Wish(item=self._item(self._number), colour="last-colour-of-all")
        said = self._attempts(wish, ({}, False), 0)
        assert said is not None
        assert said.code == 0, said.text

    @property
    def _sites(self) -> tuple[Site, ...]:
        return tuple(filter(None, (self._site, self._slot)))

    def _item(self, number: int) -> Item:
        return self._ground.shelf.item(number, speaks=self._speaks)

    def _attempts(self, wish: Wish, wrong: Wrong, pause: float) -> Said | None:
        """Run a command, and hold what it says against what is there: at once, and later."""
        self._is_sound = False
        faults, late = wrong
        self._cloud.faults.clear()
        # Another process does not say when it has planned.
        self._late = faults if late and wish.signs is None else {}
        if not self._late:
            self._switch_on(faults)
        before, others = self._seen(), self._under_way()
        known = {id(one) for one in self._records()}
        sent = self._sent()
        said = self._runs(wish)
        fresh = [one for one in self._records() if id(one) not in known]
        strange = [one.upload.author for one in fresh if self._others.own(one)]
        item = wish.item or self._ground.shelf.by_content.get(said.content if said else "")
        attempt = Attempt(
            before=before,
            after=self._seen(),
            said=said,
            new=item.name if item else "",
            others=others.union(strange),
            brought=len(strange),
            foreign=dict(self._others.settings),
            wanted=wish.colour,
            slot=self._target.slot or "",
            swap=self._target.swap,
            wrong=faults,
            met=tuple(dict.fromkeys(self._cloud.faults.met)),
            records=tuple(one for one in fresh if not self._others.own(one)),
            sent=self._sent() - sent,
            is_flex=self._site.spec.is_flex,
        )
        self._rows.append(
            Row(
                hosting=self._site.spec.hosting,
                what="rollback" if wish.item is None else "deploy",
                code=None if said is None else said.code,
                ending="killed" if said is None else said.ending,
                said="" if said is None else said.sentence,
                met=tuple(dict.fromkeys(self._cloud.faults.met)),
            )
        )
        self._check(attempt)
        self._ground.pass_time(pause)
        self._check(replace(attempt, after=self._seen(), later=True))
        self._is_sound = True
        return said

    def _runs(self, wish: Wish) -> Said | None:
        """Run a command here; or in a process of its own, where it is to be killed."""
        folder = self._ground.folder
        (folder / "orders.env").write_text(f"COLOUR={wish.colour}\n" if wish.colour else "")
        job = Job(
            root=folder,
            target=self._target,
            artifact=wish.item.path if wish.item else None,
            ambient=self._ground.ambient,
            cloud=self._cloud.resource_manager.origin,
        )
        clock = self._cloud.clock
        if wish.signs is not None:
            abroad = Abroad(
                clock=f"{self._cloud.window.origin}/clock",
                began=clock.now(),
                signs=wish.signs,
                certificates=str(self._ground.certificates),
            )
            return run_and_kill(job, abroad)
        act, left = wish.meanwhile or (None, 0)

        def waits() -> None:
            nonlocal act, left
            left -= 1
            if act is not None and left < 0:
                now, act = act, None
                self._others.act(now, self._place)

        def passes(seconds: float) -> None:
            clock.skip(seconds)
            waits()

        def planned() -> None:
            self._switch_on(self._late)
            waits()

        pace = Pace(clock=clock.now, passes=passes)
        return run(job, pace, planned=planned, azure=self._ground.reached)

    def _switch_on(self, faults: Mapping[str, int | None]) -> None:
        for name, number in faults.items():
            self._cloud.faults.switch_on(name, number)

    def _check(self, attempt: Attempt) -> None:
        check_attempt(attempt)
        for site in self._sites:
            self._answers(site)
        if attempt.said is not None:
            for secret in self._secrets():
                assert secret not in attempt.said.text, "a secret was shown"

    def _answers(self, site: Site) -> None:
        """Ask the app itself: all of it is of the package that Azure says it runs."""
        name = self._name_of(site)
        if site.state != "Running" or not name or newer_packages(site) is None:
            return
        assert self._ground.ask(site, "price") == (200, name)
        item = next(one for one in self._ground.shelf.by_sha256.values() if one.name == name)
        status, label = self._ground.ask(site, "lading")
        if self._speaks and item.content:
            assert (status, item.content in label) == (200, True)

    def _secrets(self) -> set[str]:
        settings = {text for site in self._sites for text in site.settings.values()}
        values = {text for text in settings if len(text) > _SHORTEST_SECRET}
        keys = {key for one in self._sites for key in (one.keys.master, one.publishing_password)}
        azure = self._ground.azure
        return {*azure.issued, azure.entra.client_secret, "Bearer ", "sig=", *values, *keys}

    def _seen(self) -> Seen:
        places = [
            Place(
                runs=self._name_of(site),
                settings=dict(site.settings),
                newer=newer_packages(site),
            )
            for site in self._sites
        ]
        return Seen(app=places[0], slot=places[-1])

    def _name_of(self, site: Site) -> str:
        """Return the name of the package that a site runs, "" for none, "?" for a stranger's."""
        release = site.packages.release
        if release is None:
            return ""
        item = self._ground.shelf.by_sha256.get(release.sha256)
        return "?" if item is None else item.name

    def _records(self) -> list[Record]:
        return [one for site in self._sites for one in site.deployments.records]

    def _under_way(self) -> frozenset[str]:
        """Return the packages of deployments that somebody began who does not wait for them."""
        running = (one.upload.package for one in self._records() if not one.is_over)
        # Later uploads drive out one that hangs, too.
        found = (sha256_of(package) for package in running if package.exists())
        return frozenset(self._ground.shelf.by_sha256[one].name for one in found)

    def _sent(self) -> int:
        """Count the packages that were sent to SCM."""
        doors = ("/api/zipdeploy", "/api/publish")
        asked = (one for door in doors for one in self._ground.azure.log(path=door))
        return sum(one.method == "POST" for one in asked)
