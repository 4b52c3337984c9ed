"""The sequences of a camera: bursts, time-lapses and the other kinds. Used as ``CameraClient.sequences``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import quote
from uuid import uuid4

from photonic.client.problem import parsed_body
from photonic.client.progress import LONG_POLL_SECONDS
from photonic.errors import ServiceError
from photonic.model.api import CaptureStatusAnswer
from photonic.model.sequence import SequencePage, SequenceRecord, SequenceReport

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from photonic.client.ask import Ask
    from photonic.client.progress import StatusSource
    from photonic.model.sequence import SequenceRequest
    from photonic.model.status import SequenceStatus

PATIENCE_SECONDS = 60.0
"""How long to wait for a service that does not answer: it may be restarting, and then continues a time-lapse."""
ASK_AGAIN_SECONDS = 0.5


class SequencesClient:
    """The sequences of one camera. Every method raises ``ServiceError``.

    Args:
        ask: Sends a request to a route of the camera.
        status: Where progress is read from.
        patience_seconds: How long to wait for a service that does not answer.
    """

    def __init__(self, ask: Ask, status: StatusSource, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._ask = ask
        self._status = status
        self._patience_seconds = patience_seconds

    async def begin(self, request: SequenceRequest, *, idempotency_key: str | None = None) -> SequenceRecord:
        """Begin a sequence, exactly once: after a broken connection the request is repeated with the same key.

        ``idempotency_key`` ``None``: a new one for this call. Refused (409) while another sequence runs.
        """
        headers = {"Idempotency-Key": idempotency_key or str(uuid4())}
        body = request.model_dump(mode="json", exclude_none=True)
        patience = _Patience(self._patience_seconds)
        while True:
            try:
                return parsed_body(await self._ask("POST", "/sequences", body=body, headers=headers), SequenceRecord)
            except ServiceError as error:
                await patience.wait(error)

    async def page(self, *, cursor: str | None = None, limit: int = 50) -> SequencePage:
        """One page of sequences, newest first; ``cursor`` is the ``next_cursor`` of the previous page."""
        params: dict[str, str | int] = {"limit": limit} if cursor is None else {"limit": limit, "cursor": cursor}
        return parsed_body(await self._ask("GET", "/sequences", params=params), SequencePage)

    async def get(self, sequence_id: str, *, first: int = 1) -> SequenceReport:
        """One sequence with its frames and gaps from frame ``first`` on; ``next_first`` is where to continue."""
        return parsed_body(await self._ask("GET", _route(sequence_id), params={"first": first}), SequenceReport)

    async def report(self, sequence_id: str) -> SequenceReport:
        """One sequence with all its frames and gaps."""
        whole = await self.get(sequence_id)
        while whole.next_first is not None:
            more = await self.get(sequence_id, first=whole.next_first)
            frames, gaps = (*whole.frames, *more.frames), (*whole.gaps, *more.gaps)
            whole = more.model_copy(update={"frames": frames, "gaps": gaps})
        return whole

    async def cancel(self, sequence_id: str) -> SequenceRecord:
        """End a sequence after the frame in progress; refused (409) if it has already ended in another way."""
        return parsed_body(await self._ask("DELETE", _route(sequence_id)), SequenceRecord)

    async def follow(self, sequence_id: str) -> AsyncGenerator[SequenceStatus]:
        """Yield the progress at each change until the sequence ends. Waits for a service that restarts."""
        patience = _Patience(self._patience_seconds)
        newest: CaptureStatusAnswer | None = None
        while True:
            try:
                if newest is None:
                    answer = await self._status.capture_status()
                    newest = answer if isinstance(answer, CaptureStatusAnswer) else None
                else:
                    newest = await self._status.wait_status(newest.boot_id, newest.rev, LONG_POLL_SECONDS)
                found = None if newest is None else newest.sequence
                if found is not None and found.id == sequence_id:
                    patience = _Patience(self._patience_seconds)
                    yield found
                    continue
                # The sequence has ended, or the service has just restarted.
                if (await self.get(sequence_id)).ended:
                    return
                await asyncio.sleep(ASK_AGAIN_SECONDS)
            except ServiceError as error:
                newest = None
                await patience.wait(error)


class _Patience:
    def __init__(self, seconds: float) -> None:
        self._until = asyncio.get_running_loop().time() + seconds

    async def wait(self, error: ServiceError) -> None:
        """Wait before the next try. Raises ``error`` if the service answered with it, or when the time is up."""
        if error.status is not None or asyncio.get_running_loop().time() >= self._until:
            raise error
        await asyncio.sleep(ASK_AGAIN_SECONDS)


def _route(sequence_id: str) -> str:
    return f"/sequences/{quote(sequence_id, safe='')}"
