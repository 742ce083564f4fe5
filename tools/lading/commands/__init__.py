"""The stories: one file a command, ten statements that compose stages. Commands share no code."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lading.core.secret import Secret
from lading.edges.store import Store
from lading.edges.terminal import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """The world as a command meets it; the door makes it once.

    `ambient` is the environment with the project's `.env` below it; `clock` counts seconds;
    `remember` is told every secret as soon as it is known, so that no text can show it.
    """

    ambient: Mapping[str, str]
    store: Store
    progress: Progress
    today: dt.date
    clock: Callable[[], float]
    remember: Callable[[Secret], None]
