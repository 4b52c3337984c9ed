"""Reads the status route of a v1 or a compat-only service."""

from __future__ import annotations

import httpx2
from pydantic import ValidationError

from photonic.model.api import CaptureStatusAnswer, CompatStatusAnswer


def parse_status(body: bytes) -> CaptureStatusAnswer | CompatStatusAnswer | None:
    """Parse the response of ``GET /capture/status``: v1 if complete, otherwise compat; ``None``: neither."""
    for shape in (CaptureStatusAnswer, CompatStatusAnswer):
        try:
            return shape.model_validate_json(body)
        except ValidationError:
            continue
    return None


def open_http(token_header: dict[str, str], *, timeout_seconds: float) -> httpx2.AsyncClient:
    """Open an HTTP client for one service. It ignores the environment's proxies: the camera is on the local network."""
    return httpx2.AsyncClient(headers=token_header, timeout=timeout_seconds, trust_env=False)
