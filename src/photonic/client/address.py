"""The address of a service, and the URLs of its routes for one camera."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from photonic.errors import BadInput
from photonic.model.hints import EVERYTHING, Hints

_WEB_SOCKET_SCHEMES = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
_HTTP_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}


@dataclass(frozen=True, slots=True)
class ServiceAddress:
    """The address of one camera of a service.

    ``base_url``: http or https, without a trailing slash. ``camera``: its name or serial number; ``None``: the default
    camera. ``hints``: the rate and size of frames to request.
    """

    base_url: str
    camera: str | None = None
    hints: Hints = EVERYTHING

    @classmethod
    def parse(cls, url: str, camera: str | None = None, hints: Hints | None = None) -> ServiceAddress:
        """Parse ``url``: http, https, ws or wss, with or without a path before ``/api``.

        Raises ``BadInput`` if it has another scheme, no host or a query, or if ``camera`` is empty.
        """
        if camera is not None and not camera.strip():
            raise BadInput("camera must be a name or a serial number; omit it for the default camera", field="camera")
        parts = urlsplit(url)
        try:
            whole = bool(parts.netloc) and (parts.port is None or parts.port >= 0)
        except ValueError:  # the port is not a number, or is above 65535
            whole = False
        if parts.scheme not in _HTTP_SCHEMES or not whole or parts.query or parts.fragment:
            raise BadInput(f"{url!r} is not the address of a service; use one like http://127.0.0.1:8000", field="url")
        path = parts.path.rstrip("/")
        return cls(urlunsplit((_HTTP_SCHEMES[parts.scheme], parts.netloc, path, "", "")), camera, hints or EVERYTHING)

    @property
    def camera_prefix(self) -> str:
        """The path that all routes of the camera begin with."""
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
        """The URL of the live-view WebSocket."""
        scheme, rest = self.camera_url("/liveview/stream").split(":", 1)
        query = urlencode(self.hints.query)
        return f"{_WEB_SOCKET_SCHEMES[scheme]}:{rest}" + (f"?{query}" if query else "")


def bearer(token: str | None) -> dict[str, str]:
    """The authorization header for ``token``; ``None``: no header."""
    return {} if token is None else {"Authorization": f"Bearer {token}"}
