"""The disk of the simulation is like the one of the crash models: it may lose whatever they may lose."""

from __future__ import annotations

import random

import pytest
from tests.crash.models import MODELS, PAGE_BYTES, Moment
from tests.crash.on_simulated_disk import OnSimulatedDisk, plain
from tests.crash.operations import ROOT, Flushed, NamesChanged, Operation, Recording, Resized, Written

STAGING, PHOTOS, FILE, OTHER, PART = 1, 2, 3, 4, 5
FOLDERS: tuple[Operation, ...] = (
    NamesChanged(((ROOT, "s", STAGING),)), NamesChanged(((ROOT, "p", PHOTOS),)), Flushed(ROOT, 2),
)  # fmt: skip
STAGED: tuple[Operation, ...] = (*FOLDERS, NamesChanged(((STAGING, "a", FILE),)), Written(FILE, 0, b"a" * 600))
LARGE = b"".join(bytes([number]) * PAGE_BYTES for number in range(1, 5))
SHAPES: dict[str, tuple[Operation, ...]] = {
    "a photo that is not flushed": STAGED,
    "a photo of several pages": (
        *FOLDERS, NamesChanged(((STAGING, "a", FILE),)), Flushed(STAGING, 4), Written(FILE, 0, LARGE),
    ),
    "a photo that gets its name": (*STAGED, Flushed(FILE, 5), NamesChanged(((PHOTOS, "a", FILE),))),
    "a photo that has its name": (
        *STAGED, Flushed(FILE, 5), NamesChanged(((PHOTOS, "a", FILE),)), Flushed(PHOTOS, 7),
        NamesChanged(((STAGING, "a", None),)),
    ),
    "a file that is replaced": (
        *FOLDERS, NamesChanged(((PHOTOS, "b", OTHER),)), Written(OTHER, 0, b"old"), Flushed(OTHER, 5),
        Flushed(PHOTOS, 6),
        NamesChanged(((PHOTOS, "n", FILE),)), Written(FILE, 0, b"new"),
        NamesChanged(((PHOTOS, "n", None), (PHOTOS, "b", FILE))),
    ),
    "a photo that goes to the trash": (
        *STAGED, Flushed(FILE, 5), Flushed(STAGING, 6), NamesChanged(((STAGING, "a", None), (PHOTOS, "a", FILE))),
        NamesChanged(((PHOTOS, "t", OTHER),)),
    ),
    "a log that is written over": (
        *STAGED, Flushed(FILE, 5), Flushed(STAGING, 6), Written(FILE, 0, b"b" * 300), Written(FILE, 600, b"c" * 300),
    ),
    "a file that was made longer": (*STAGED, Flushed(FILE, 5), Flushed(STAGING, 6), Resized(FILE, 900)),
}  # fmt: skip
LOSSES = ({"strict": False}, {"strict": True}, {"strict": True, "each": True})
SEEDS = 30
TRIES = 20_000
"""Of the disk, until every state was seen; a few hundred do for most."""


def of_models(recording: Recording) -> set[object]:
    """Every state that was seen in a model."""
    moment = Moment(recording, len(recording.operations))
    return {
        plain(state)
        for seed in range(SEEDS)
        for derive in MODELS.values()
        for state in derive(moment, random.Random(seed))
    }


@pytest.mark.parametrize("shape", SHAPES)
def test_each_state_of_a_model_is_one_that_the_simulated_disk_may_leave(shape: str) -> None:
    recording = Recording(SHAPES[shape], frozenset({ROOT, STAGING, PHOTOS}))
    wanted = of_models(recording)
    assert len(wanted) > 1
    for seed in range(TRIES):
        if not wanted:
            break
        simulated = OnSimulatedDisk(recording, seed)
        simulated.disk.power_lost(**LOSSES[seed % len(LOSSES)])
        wanted.discard(plain(simulated.state()))
    assert wanted == set()
