"""The users: take one photo after the other, each requested until there is a result."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic import CameraClient
from photonic.errors import FailureKind, ServiceError
from photonic.model.status import CapturePhase
from soak import budgets
from soak.history import Answered, Asked, GaveUp

if TYPE_CHECKING:
    from tests.support.proxy import FaultProxy

    from soak.history import History

ASK_SECONDS = 60.0
AGAIN_SECONDS = 0.5
IN_A_HURRY = 0.5
HURRY_SECONDS = 0.3
LONGEST_THINKING_SECONDS = 6.0
REFUSED_SECONDS = 1.0
NEWEST = 100
HANGS_UP = 0.03
ASKS_TWICE = 0.03
HANGS_UP_WITHIN_SECONDS = 0.3


@dataclass
class Goal:
    """How many photos are to be saved, by all users together, and until when (CLOCK_MONOTONIC); ``bulb_seconds``: for
    how long those that are taken now hold the shutter open (``None``: as long as the camera is set to)."""

    captures: int | None
    ends_at: float | None
    asked: int = 0
    saved: int = 0
    failed: int = 0
    bulb_seconds: float | None = None

    @property
    def reached(self) -> bool:
        """Whether it is time to end."""
        enough = self.captures is not None and self.saved >= self.captures
        return enough or (self.ends_at is not None and time.monotonic() >= self.ends_at)


class User:
    """One who takes photos until the goal is reached. ``seed`` makes the user's habits."""

    def __init__(self, number: int, proxy: FaultProxy, history: History, goal: Goal, seed: int) -> None:
        self.number = number
        self.proxy = proxy
        self._history = history
        self._goal = goal
        self._dice = random.Random(f"{seed} user {number}")
        self._taken = 0

    async def run(self) -> None:
        """Take photos; returns when the goal is reached and the last photo has a result."""
        async with CameraClient(f"http://127.0.0.1:{self.proxy.port}") as client:
            while not self._goal.reached:
                self._taken += 1
                saved = await self._one_photo(client)
                hurry = self._dice.random() < IN_A_HURRY
                thinking = self._dice.uniform(0.0, HURRY_SECONDS if hurry else LONGEST_THINKING_SECONDS)
                await asyncio.sleep(thinking if saved else max(thinking, REFUSED_SECONDS))

    async def _one_photo(self, client: CameraClient) -> bool:
        key = f"user{self.number}-{self._taken}"
        hangs_up, twice = self._dice.random() < HANGS_UP, self._dice.random() < ASKS_TWICE
        patience = self._dice.uniform(0.0, HANGS_UP_WITHIN_SECONDS)
        # The same key is the same photo, and needs the same request.
        bulb_seconds = self._goal.bulb_seconds
        self._goal.asked += 1
        self._history.add(Asked(at=time.monotonic(), user=self.number, key=key, number=self._taken))
        if hangs_up:
            await self._hang_up(client, key, patience, bulb_seconds)
        # The second of two that ask at once is the same user with the same key.
        answers = await asyncio.gather(*(self._to_the_end(client, key, bulb_seconds) for _ in range(2 if twice else 1)))
        saved = all(answers)
        self._goal.saved += saved
        self._goal.failed += not saved
        return saved

    async def _hang_up(self, client: CameraClient, key: str, patience: float, bulb_seconds: float | None) -> None:
        try:
            await client.capture(
                self._session, self._taken, idempotency_key=key, timeout_seconds=patience, bulb_seconds=bulb_seconds
            )
        except ServiceError:
            # The same key is requested again, and that answer counts.
            return

    @property
    def _session(self) -> str:
        return f"user{self.number}"

    async def _to_the_end(self, client: CameraClient, key: str, bulb_seconds: float | None) -> bool:
        deadline = time.monotonic() + budgets.ANSWER_SECONDS
        while True:
            try:
                answer = await client.capture(
                    self._session,
                    self._taken,
                    idempotency_key=key,
                    timeout_seconds=ASK_SECONDS,
                    bulb_seconds=bulb_seconds,
                )
            except ServiceError as error:
                stopping = error.kind is FailureKind.SHUTTING_DOWN and not await self._has_failed(client, key)
                if error.status is None or stopping:
                    if time.monotonic() > deadline:
                        self._history.add(GaveUp(at=time.monotonic(), user=self.number, key=key, why=error.reason))
                        return False
                    await asyncio.sleep(AGAIN_SECONDS)
                    continue
                kind = "?" if error.kind is None else error.kind.value
                self._answered(key, None, None, f"{kind} {error.status}", error.reason)
                return False
            self._answered(key, answer.capture_id, answer.image_path, None, None, answer.attempts, answer.warning)
            return True

    async def _has_failed(self, client: CameraClient, key: str) -> bool:
        """Whether the record of this key has failed; a stopping service answers before there is a result."""
        try:
            page = await client.captures(limit=NEWEST)
        except ServiceError:
            return False
        return any(record.idempotency_key == key and record.phase is CapturePhase.FAILED for record in page.captures)

    def _answered(
        self,
        key: str,
        capture_id: str | None,
        path: str | None,
        error: str | None,
        reason: str | None,
        attempts: int = 1,
        warning: str | None = None,
    ) -> None:
        self._history.add(
            Answered(
                at=time.monotonic(),
                user=self.number,
                key=key,
                capture_id=capture_id,
                path=path,
                error=error,
                reason=reason,
                attempts=attempts,
                warning=warning,
            )
        )
