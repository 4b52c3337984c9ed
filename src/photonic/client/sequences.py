"""A camera's bursts and time-lapses through its service; used as ``CameraClient.sequences``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote
from uuid import uuid4

from pydantic import BaseModel, ValidationError

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
"""How long to wait for a service that does not answer: it may be restarting and then continues a time-lapse."""
ASK_AGAIN_SECONDS = 0.5

Model = TypeVar("Model", bound=BaseModel)


class SequencesClient:
    """The sequences of one camera. Every method raises ``ServiceError``.

    ``ask`` sends a request to a route of the camera; ``status`` is where progress is read from.
    """

    def __init__(self, ask: Ask, status: StatusSource, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._ask = ask
        self._status = status
        self._patience_seconds = patience_seconds

    async def begin(self, request: SequenceRequest, *, idempotency_key: str | None = None) -> SequenceRecord:
        """Begin a sequence, once: after a broken connection the request is repeated with the same key.

        ``idempotency_key`` ``None``: a new one for this call. Refused (409) while another sequence runs.
        """
        headers = {"Idempotency-Key": idempotency_key or str(uuid4())}
        body = request.model_dump(mode="json", exclude_none=True)
        patience = _Patience(self._patience_seconds)
        while True:
            try:
                return _parsed(await self._ask("POST", "/sequences", body=body, headers=headers), SequenceRecord)
            except ServiceError as error:
                await patience.wait(error)

    async def page(self, *, cursor: str | None = None, limit: int = 50) -> SequencePage:
        """One page of sequences, newest first; ``cursor`` is the ``next_cursor`` of the page before."""
        params: dict[str, str | int] = {"limit": limit} if cursor is None else {"limit": limit, "cursor": cursor}
        return _parsed(await self._ask("GET", "/sequences", params=params), SequencePage)

    async def get(self, sequence_id: str, *, first: int = 1) -> SequenceReport:
        """One sequence with its frames and gaps from frame ``first`` on; ``next_first`` is where to go on."""
        return _parsed(await self._ask("GET", _route(sequence_id), params={"first": first}), SequenceReport)

    async def report(self, sequence_id: str) -> SequenceReport:
        """One sequence with all its frames and gaps."""
        whole = await self.get(sequence_id)
        while whole.next_first is not None:
            more = await self.get(sequence_id, first=whole.next_first)
            frames, gaps = (*whole.frames, *more.frames), (*whole.gaps, *more.gaps)
            whole = more.model_copy(update={"frames": frames, "gaps": gaps})
        return whole

    async def cancel(self, sequence_id: str) -> SequenceRecord:
        """End a sequence between two frames; refused (409) when it has ended otherwise."""
        return _parsed(await self._ask("DELETE", _route(sequence_id)), SequenceRecord)

    async def follow(self, sequence_id: str) -> AsyncGenerator[SequenceStatus]:
        """How far it is, at each change, until it has ended. A service that restarts is waited for."""
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
                # It has ended, or the service has only just been restarted.
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
        """Wait a moment before asking again. Raises ``error`` where that is of no use, or was of none so long."""
        if error.status is not None or asyncio.get_running_loop().time() >= self._until:
            raise error
        await asyncio.sleep(ASK_AGAIN_SECONDS)


def _route(sequence_id: str) -> str:
    return f"/sequences/{quote(sequence_id, safe='')}"


def _parsed(body: bytes, shape: type[Model]) -> Model:
    try:
        return shape.model_validate_json(body)
    except ValidationError as error:
        raise ServiceError(f"the answer is no {shape.__name__}: {error.error_count()} fields are off") from error
