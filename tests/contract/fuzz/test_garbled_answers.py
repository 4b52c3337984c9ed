"""Mutated answers of a camera, through the real libgphoto2: its process may die, the service may not.

What the camera says is mutated, from a seed, while it is opened, or while it shows live view and takes a photo. When
that is over, live view and captures come back by themselves, and what was lost meanwhile was told with a reason.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from tests.support.stack import Stack, stack
from tests.support.status_pattern import StatusPattern
from tests.support.waiting import taken_in_the_end, until_true
from tests.support.witness import Witness

from photonic import CameraClient, LiveView, ServiceError
from photonic.errors import ProtocolError
from photonic.simulator import pixels

if TYPE_CHECKING:
    from collections.abc import Coroutine, Generator

GARBLED_SECONDS = 1.0
HEALS_WITHIN_SECONDS = 150.0
"""A capture that waits for the camera is given a minute, a call that hangs has its limit, pauses between tries grow."""
LONGEST_SECONDS = 900.0
"""Of one test: the camera's start, four waits for it to be well again, and the library's own time limits."""
SEEDS_APART = 1000
"""One run of the fault mutates fewer answers than that, each with a seed of its own."""
WORKING = StatusPattern(camera="ready|capturing")


@pytest.fixture(
    scope="module",
    params=["canon", pytest.param("nikon", marks=pytest.mark.long), pytest.param("generic", marks=pytest.mark.long)],
)
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[Stack]:
    body: str = request.param
    with stack(tmp_path_factory.mktemp(body) / "photos", camera=("--body", body)) as running:
        yield running


@pytest.fixture
def shows(request: pytest.FixtureRequest) -> bool:
    """Whether the body has live view."""
    return "generic" not in request.node.name


async def play(whole: Stack, seed: int, *, opening: bool, shows: bool) -> None:
    """Mutate from ``seed`` on, then see that all is well again, in the same service and with the reasons told."""
    service = whole.service_pid
    witness = Witness(whole.url)
    async with CameraClient(whole.url) as client, LiveView(whole.url, scale="full") as view:
        reading = asyncio.get_running_loop().create_task(witness.read())
        try:
            await witness.until_last(WORKING)
            if shows:
                await fresh_frame(view, 0)
            if opening:
                await client.disconnect()
            await mutated(whole, seed, client.connect() if opening else client.capture("garbled", seed))
            ended_us = int(time.monotonic() * 1e6)
            await captured_in_the_end(client, seed)
            await witness.until_last(WORKING, HEALS_WITHIN_SECONDS)
            if shows:
                await fresh_frame(view, ended_us)
            assert whole.service_pid == service
        except (AssertionError, TimeoutError) as error:
            why = str(error) or f"not within {HEALS_WITHIN_SECONDS:.0f} s"
            raise AssertionError(f"seed {seed} did not heal: {why}; {witness.ending()}") from None
        else:
            for snapshot in witness.snapshots:
                assert snapshot.camera.reason or snapshot.camera.state in {"ready", "capturing"}, snapshot.camera
        finally:
            reading.cancel()
            await asyncio.wait([reading])
            if not reading.cancelled():
                reading.result()


async def mutated(whole: Stack, seed: int, asked: Coroutine[Any, Any, object]) -> None:
    """Mutate answers until some time after the camera's first one, while ``asked`` is asked of the service."""
    control = whole.camera.control
    before = len(whole.camera.journal("garble"))
    control.fault("garble", amount=seed * SEEDS_APART)
    asking = asyncio.create_task(asked)
    try:
        await until_true(lambda: len(whole.camera.journal("garble")) > before, HEALS_WITHIN_SECONDS)
        control.fault("garble", amount=(seed + 0.5) * SEEDS_APART, seconds=GARBLED_SECONDS)
    finally:
        # What becomes of it under the fault is told, and does not matter: it may even succeed.
        with suppress(ServiceError, httpx2.HTTPError):
            await asking
    await until_true(lambda: not control.state()["faults"], HEALS_WITHIN_SECONDS)


async def fresh_frame(view: LiveView, ended_us: int) -> None:
    """A frame comes that the camera made after that; those of mutated answers may show anything.

    One iteration over the frames: each begins with the newest one, and another try with that would never wait.
    """
    async with asyncio.timeout(HEALS_WITHIN_SECONDS):
        async for frame in view:
            with suppress(ProtocolError):
                if pixels.read(frame.jpeg).camera_us > ended_us:
                    return
    raise AssertionError("the view ended")


async def captured_in_the_end(client: CameraClient, number: int) -> None:
    """A capture succeeds; those before it are refused with a kind and a reason."""
    answer = await taken_in_the_end(lambda: client.capture("afterwards", number), HEALS_WITHIN_SECONDS)
    assert answer.success


def unexpected(whole: Stack) -> dict[str, str]:
    """Where something failed that nobody had expected, by ``/metrics``."""
    found: dict[str, str] = {}
    for row in httpx2.get(f"{whole.url}/metrics", timeout=10).text.splitlines():
        where, _, count = row.rpartition(" ")
        if where.startswith("photonic_unexpected_total") and count != "0":
            found[where] = count
    return found


SEEDS = (pytest.param(2, id="opening"), *(pytest.param(seed, marks=pytest.mark.long) for seed in (1, *range(100, 112))))
"""The quick one while the camera is opened: a call that hangs on what it is told has a limit of many seconds, and it is
met more often while the camera works, as in the tests with odd seeds."""


@pytest.mark.timeout(LONGEST_SECONDS)
@pytest.mark.parametrize("seed", SEEDS)
async def test_after_mutated_answers_all_is_well_again(whole: Stack, seed: int, shows: bool) -> None:
    await play(whole, seed, opening=seed % 2 == 0, shows=shows)
    assert unexpected(whole) == {}
