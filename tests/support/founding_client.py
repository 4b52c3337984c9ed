"""A client as they were before there was any access control: no credentials, a plain socket, captures over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
from websockets.asyncio.client import connect

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

API = "/api/v1/camera"
WITHIN_SECONDS = 60.0


async def frames(url: str) -> AsyncGenerator[bytes]:
    """The JPEGs of the live view, from a socket without a subprotocol."""
    async with connect(f"{url.replace('http', 'ws', 1)}{API}/liveview/stream", proxy=None) as socket:
        async for message in socket:
            if isinstance(message, bytes):
                yield message


async def captured(url: str, number: int) -> dict[str, Any]:
    """The answer to one capture."""
    async with httpx2.AsyncClient(base_url=url, timeout=WITHIN_SECONDS, trust_env=False) as http:
        answer = await http.post(f"{API}/capture", json={"session_id": "booth", "sequence_number": number})
        body: dict[str, Any] = answer.json()
        return {"status": answer.status_code, **body}
