"""Somebody who is told of photos over HTTP: takes a message, refuses it, hangs, asks for patience, is away for hours.

It is the transport under the real ``WebhookSender``; what it remembers outlives the service. A message that it has
accepted may still be lost to the service, which can die while the answer is on its way.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import httpx2

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

KEY = bytes(range(32))
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
"""Of every webhook in a simulation (Standard Webhooks)."""
WAY_SECONDS = (0.001, 0.15)
HANGS_SECONDS = 600.0
AWAY_SECONDS = (60.0, 600.0, 7200.0)
PATIENCE_SECONDS = (0, 1, 20, 60)
"""What it asks for in Retry-After."""
HABITS = {
    "takes": 80.0,
    "refuses": 4.0,
    "hangs": 3.0,
    "takes and hangs": 2.0,
    "has trouble": 4.0,
    "asks for patience": 3.0,
    "is gone": 1.0,
    "has moved": 0.5,
    "has another time": 1.0,
    "goes away": 0.7,
}
"""How often it does what, of a hundred messages."""
FINAL = frozenset({301, 400, 410})
"""Answers after which the service does not try again, as far as they are given here."""


@dataclass(slots=True)
class Message:
    """One try to tell it of a photo.

    Args:
        at: Simulated seconds.
        url: The webhook.
        id: The message's own, the same for each try.
        body: What it says.
        signed: Whether the signature is right.
        answer: The status that it was answered with; ``None``: none, or nobody heard it.
        final: Whether that answer is the last word.
    """

    at: float
    url: str
    id: str
    body: dict[str, Any]
    signed: bool
    answer: int | None = None
    final: bool = False

    def __str__(self) -> str:
        """For people."""
        return f"{self.id[:8]}{self.id[32:]} to {self.url} at {self.at:.2f} s, answered {self.answer}"


class SimulatedReceiver(httpx2.AsyncBaseTransport):
    """The receiver of all webhooks of one history.

    ``messages``: every try that reached it. ``calm``: from now on it takes everything.

    Args:
        dice: Its own generator.
        clock: Simulated seconds.
        wall: Its time of day.
        note: Receives what it does, for the trace.
    """

    def __init__(
        self,
        dice: random.Random,
        clock: Callable[[], float],
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        note: Callable[[str], None] = lambda _text: None,
    ) -> None:
        self._dice = dice
        self._clock = clock
        self._wall = wall
        self._note = note
        self._away_until = 0.0
        self.messages: list[Message] = []
        self.calm = False

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """See ``httpx2``. Raises ``ConnectError`` when nobody is there."""
        await asyncio.sleep(self._dice.uniform(*WAY_SECONDS))
        habit = self._habit()
        if habit == "refuses":
            raise httpx2.ConnectError("connection refused", request=request)
        body = await request.aread()
        message = Message(
            self._clock(),
            str(request.url),
            request.headers["webhook-id"],
            json.loads(body),
            self._verify(request, body),
        )
        self.messages.append(message)
        answer = self._answer(habit)
        if habit.endswith("hangs"):
            message.answer = 204 if habit == "takes and hangs" else None
            self._note(f"receiver: {habit}: {message}")
            await asyncio.sleep(HANGS_SECONDS)
        message.answer = answer.status_code
        message.final = answer.is_success or (answer.status_code in FINAL and habit != "has another time")
        self._note(f"receiver: {habit}: {message}")
        await asyncio.sleep(self._dice.uniform(*WAY_SECONDS))
        return answer

    def _habit(self) -> str:
        """What it does with the next message."""
        habit = self._dice.choices(list(HABITS), list(HABITS.values()))[0]
        if self.calm:
            return "takes"
        if self._clock() < self._away_until:
            return "refuses"
        if habit == "goes away":
            self.leave(self._clock() + self._dice.choice(AWAY_SECONDS))
            return "refuses"
        return habit

    def leave(self, until: float) -> None:
        """Be away until this moment, in simulated seconds, or for as long as it is away already."""
        self._away_until = max(self._away_until, until)
        self._note(f"receiver: away until {self._away_until:.1f} s")

    def _answer(self, habit: str) -> httpx2.Response:
        match habit:
            case "has trouble":
                return httpx2.Response(self._dice.choice((500, 503, 408)))
            case "asks for patience":
                return httpx2.Response(429, headers={"Retry-After": str(self._dice.choice(PATIENCE_SECONDS))})
            case "is gone":
                return httpx2.Response(410)
            case "has moved":
                return httpx2.Response(301, headers={"Location": "http://elsewhere.example/"})
            case "has another time":
                date = format_datetime(self._wall() + timedelta(hours=1), usegmt=True)
                return httpx2.Response(400, headers={"Date": date})
            case _:
                return httpx2.Response(204)

    def _verify(self, request: httpx2.Request, body: bytes) -> bool:
        """Whether the message is signed as Standard Webhooks says."""
        headers = request.headers
        content = b".".join((headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body))
        right = base64.b64encode(hmac.new(KEY, content, hashlib.sha256).digest()).decode()
        return headers.get("webhook-signature") == f"v1,{right}"
