"""Where a service is: the routes of one camera under one base address (contract, "Routes ...")."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from photonic.errors import BadInput
from photonic.model.hints import EVERYTHING, Hints

_WEB_SOCKET_SCHEMES = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
_HTTP_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}


@dataclass(frozen=True, slots=True)
class ServiceAddress:
    """``base_url`` without a trailing slash, http or https; ``camera`` is an id, ``None`` for the default camera.

    ``hints``: what is asked of the live stream.
    """

    base_url: str
    camera: str | None = None
    hints: Hints = EVERYTHING

    @classmethod
    def parse(cls, url: str, camera: str | None = None, hints: Hints | None = None) -> ServiceAddress:
        """The address in ``url`` (http, https, ws or wss, with or without a path before ``/api``).

        Raises ``BadInput`` when it has another scheme, no host, or a query, or the camera's id is empty.
        """
        if camera is not None and not camera.strip():
            raise BadInput("camera takes a name or a serial number; leave it out for the first one", field="camera")
        parts = urlsplit(url)
        try:
            whole = bool(parts.netloc) and (parts.port is None or parts.port >= 0)
        except ValueError:  # a port that is no number, or beyond 65535
            whole = False
        if parts.scheme not in _HTTP_SCHEMES or not whole or parts.query or parts.fragment:
            raise BadInput(f"{url!r} is no address of a service; use one like http://127.0.0.1:8000", field="url")
        path = parts.path.rstrip("/")
        return cls(urlunsplit((_HTTP_SCHEMES[parts.scheme], parts.netloc, path, "", "")), camera, hints or EVERYTHING)

    @property
    def camera_prefix(self) -> str:
        """The path that the camera's routes stand under."""
        if self.camera is None:
            return "/api/v1/camera"
        return f"/api/v1/cameras/{quote(self.camera, safe='')}"

    def camera_url(self, route: str) -> str:
        """The URL of a route of the camera, such as ``/capture``."""
        return f"{self.base_url}{self.camera_prefix}{route}"

    def url(self, route: str) -> str:
        """The URL of a route of the service, such as ``/health``."""
        return f"{self.base_url}{route}"

    @property
    def stream_url(self) -> str:
        """The WebSocket's URL."""
        scheme, rest = self.camera_url("/liveview/stream").split(":", 1)
        query = urlencode(self.hints.query)
        return f"{_WEB_SOCKET_SCHEMES[scheme]}:{rest}" + (f"?{query}" if query else "")


def bearer(token: str | None) -> dict[str, str]:
    """The header that carries the token; none without one."""
    return {} if token is None else {"Authorization": f"Bearer {token}"}
