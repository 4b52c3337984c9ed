"""Reads the status route of a v1 or a compat-only service."""

from __future__ import annotations

import httpx2
from pydantic import ValidationError

from photonic.model.api import CaptureStatusAnswer, CompatStatusAnswer


def parse_status(body: bytes) -> CaptureStatusAnswer | CompatStatusAnswer | None:
    """The answer of ``GET /capture/status``: v1 if it is complete, otherwise compat; ``None`` when it is neither."""
    for shape in (CaptureStatusAnswer, CompatStatusAnswer):
        try:
            return shape.model_validate_json(body)
        except ValidationError:
            continue
    return None


def open_http(token_header: dict[str, str], *, timeout_seconds: float) -> httpx2.AsyncClient:
    """An HTTP client for one service; proxies of the environment are for the internet, not for the camera beside us."""
    return httpx2.AsyncClient(headers=token_header, timeout=timeout_seconds, trust_env=False)
