"""A viewer that writes everything down: snapshots and frames in the order in which one socket brought them."""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_right
from typing import TYPE_CHECKING

from photonic.client.address import ServiceAddress
from photonic.client.connection import Connection
from photonic.model.frame import Frame
from photonic.simulator import pixels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.support.status_pattern import StatusPattern

    from photonic.model.status import Snapshot

TOLD_WITHIN_SECONDS = 40.0
LAST_REPORTS = 12
MOST_CHARACTERS = 160
WORKING = {"ready", "capturing"}
AWAY = {"recovering", "off"}


class Witness:
    """Reads one socket from ``read`` on.

    ``heard`` is what came, oldest first, a frame as its sequence number; ``frames`` are these with their arrival.
    """

    def __init__(self, url: str) -> None:
        self._address = ServiceAddress.parse(url, None)
        self._news = asyncio.Event()
        self.heard: list[Snapshot | int] = []
        self.frames: list[tuple[float, bytes]] = []

    async def read(self) -> None:
        """Until cancelled. A socket that ends is a failure: no fault of the camera closes it."""
        connection = await Connection.open(self._address)
        try:
            async for message in connection.messages():
                if isinstance(message, Frame):
                    self.frames.append((time.monotonic(), message.jpeg))
                    self.heard.append(message.sequence)
                elif message is not None:
                    self.heard.append(message)
                self._news.set()
            raise AssertionError(f"the service closed the live socket with code {connection.close_code}")
        finally:
            await connection.close()

    @property
    def snapshots(self) -> list[Snapshot]:
        """What was told, oldest first."""
        return [message for message in self.heard if not isinstance(message, int)]

    def forget(self) -> None:
        """Begin anew, with the present state."""
        self.frames.clear()
        del self.heard[: max(index for index, message in enumerate(self.heard) if not isinstance(message, int))]

    async def until(self, pattern: StatusPattern, seconds: float = TOLD_WITHIN_SECONDS) -> Snapshot:
        """The first snapshot from ``forget`` on that tells it."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    self._news.clear()
                    for snapshot in self.snapshots:
                        if pattern.fits(snapshot):
                            return snapshot
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"never reported: {pattern}; reported was {self.story()}") from None

    async def until_reported(self, *patterns: StatusPattern, seconds: float = TOLD_WITHIN_SECONDS) -> None:
        """Waits until these were told, in this order."""
        try:
            async with asyncio.timeout(seconds):
                while self._unreported(patterns) is not None:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            self.assert_order(patterns)

    async def until_last(self, pattern: StatusPattern, seconds: float = TOLD_WITHIN_SECONDS) -> Snapshot:
        """Waits until the newest snapshot tells it."""
        try:
            async with asyncio.timeout(seconds):
                while not self.snapshots or not pattern.fits(self.snapshots[-1]):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"not reported in the end: {pattern}; {self.ending()}") from None
        return self.snapshots[-1]

    async def first_after(self, camera_us: int, seconds: float = TOLD_WITHIN_SECONDS) -> float:
        """When the first frame came whose pixels say that the camera made it after that: seconds of CLOCK_MONOTONIC."""
        async with asyncio.timeout(seconds):
            while True:
                self._news.clear()
                # The camera's clock goes forward from frame to frame.
                place = bisect_right(self.frames, camera_us, key=lambda frame: pixels.read(frame[1]).camera_us)
                if place < len(self.frames):
                    return self.frames[place][0]
                await self._news.wait()

    def story(self) -> list[str]:
        """What was told, in order, without repetitions in a row: for people, and for the report."""
        lines: list[str] = []
        for snapshot in self.snapshots:
            camera, live = snapshot.camera, snapshot.live
            why = camera.reason or live.reason
            line = f"camera {camera.state}, live view {live.state}" + (f": {why}" if why else "")
            if not lines or lines[-1] != line:
                lines.append(line)
        return lines

    def ending(self) -> str:
        """The end of ``story`` on one line, short enough for the summary of a test run."""
        story = [f"{line[:MOST_CHARACTERS]}…" if len(line) > MOST_CHARACTERS else line for line in self.story()]
        return f"{len(story)} reports, the last ones: " + " | ".join(story[-LAST_REPORTS:])

    def assert_order(self, patterns: Sequence[StatusPattern]) -> None:
        """Each pattern was reported, in this order; other things may have been reported between."""
        unreported = self._unreported(patterns)
        assert unreported is None, f"not reported in order: {unreported}; reported was {self.story()}"

    def _unreported(self, patterns: Sequence[StatusPattern]) -> StatusPattern | None:
        """The first of these that was not told behind those before it."""
        rest = iter(self.snapshots)
        return next((pattern for pattern in patterns if not any(pattern.fits(snapshot) for snapshot in rest)), None)

    def assert_truth(self) -> None:
        """What can be known to be untrue by itself was never told."""
        for before, after in zip(self.snapshots, self.snapshots[1:], strict=False):
            assert (after.boot_id, after.rev) >= (before.boot_id, before.rev), "a revision went back"
        for snapshot in self.snapshots:
            camera, live = snapshot.camera, snapshot.live
            assert (camera.reason is None) == (camera.state in WORKING), f"a state without its reason: {camera}"
            assert live.state != "running" or camera.state in WORKING, f"{live} with {camera}"
            assert live.state != "recovering" or live.reason, f"recovering from what? {live}"
            assert (live.state == "paused") == (live.resume_by_seconds is not None), f"a pause without an end: {live}"
        self._assert_running_means_frames()

    def _assert_running_means_frames(self) -> None:
        """Live view is said to run again only once a new frame was published, and the frame comes.

        The service writes a frame at once, and a status a moment later: the frame comes right before the status or,
        where the socket was busy, right after it.
        """
        claimed, newest, away_at = True, 0, -1
        for message in self.heard:
            if isinstance(message, int):
                newest = message
                continue
            live = message.live
            if live.state == "running":
                assert claimed or live.seq > away_at, f"live view was said to run without a frame: {self.story()}"
                claimed = True
            else:
                lost = claimed and live.state in AWAY
                assert not lost or newest > away_at, f"live view was said to run, and no frame came: {self.story()}"
                claimed, away_at = False, live.seq
