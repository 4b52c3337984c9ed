"""What a row of the fault table is made of: who makes the fault, what is seen, how it heals, and what shows it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tests.support.status_pattern import StatusPattern

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from tests.contract.faults.harness import FaultHarness


class Produced(StrEnum):
    """How a fault comes about in the test that stands for it."""

    SIMULATED = "simulated camera"
    USB = "simulated camera on USB"
    PROCESS = "signal or limit to the camera process"
    SEAM = "recorded error at the driver's interface"
    CLASSIFIER = "classifier test"


class Setup(StrEnum):
    """The stack that a case is played on."""

    CARD = "photos go to the card"
    RAM = "photos go to the camera's RAM"
    RAW = "photos go to the card, RAW+JPEG"
    TWO_CARDS = "photos go to two cards"
    USB = "the camera is on USB, behind a hub"


WELL = StatusPattern(camera="ready", live="running")


@dataclass(frozen=True, slots=True)
class Case:
    """One scenario of a row.

    ``how``: the fault in words. ``sees``: what the snapshots say one after the other, others may come between;
    well before and after goes without saying. ``heals``: what ends it. ``captures``: what becomes of captures
    (``None``: there is none). ``long``: in ``make test-long``.
    """

    name: str
    how: str
    play: Callable[[FaultHarness], Awaitable[None]]
    heals: str
    sees: tuple[StatusPattern, ...] = ()
    captures: str | None = None
    setup: Setup = Setup.CARD
    produced: Produced = Produced.SIMULATED
    long: bool = False


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A row, or a part of one, that the simulated camera cannot show: the tests that show it, by their ids."""

    produced: Produced
    how: str
    heals: str
    tests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the fault table."""

    name: str
    cases: Sequence[Case] = ()
    elsewhere: Sequence[Elsewhere] = ()
