"""Reads the status route of a v1 or a compat-only service."""

from __future__ import annotations

import ssl

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


def open_http(
    token_header: dict[str, str], *, timeout_seconds: float, trust: ssl.SSLContext | None
) -> httpx2.AsyncClient:
    """Open an HTTP client for one service. It ignores the environment's proxies: the camera is on the local network.

    Args:
        token_header: Sent with every request.
        timeout_seconds: How long each step of a request may take.
        trust: Whose certificates are accepted (``client.trust``); ``None``: none, the connection is not TLS. Reading
            this machine's takes some forty milliseconds.
    """
    verify = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if trust is None else trust
    return httpx2.AsyncClient(headers=token_header, timeout=timeout_seconds, trust_env=False, verify=verify)
