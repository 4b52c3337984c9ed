"""A service that other machines reach, as far as it knows, and that listens on loopback all the same.

``127.1`` is 127.0.0.1 for the service's resolver, and a name like any other for its rules of access. A request to this
name stands for one from a phone; a request to 127.0.0.1 is one of a program on this machine.
"""

from __future__ import annotations

import httpx2

HOST = "127.1"
WITHIN_SECONDS = 30.0


def for_phones(url: str) -> str:
    """The service's address as another machine sees it."""
    return url.replace("127.0.0.1", HOST)


class _ToLoopback(httpx2.HTTPTransport):
    """Tests look up no names: the name stands in the request only."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        return super().handle_request(
            httpx2.Request(
                request.method,
                request.url.copy_with(host="127.0.0.1"),
                headers=request.headers,
                stream=request.stream,
                extensions=request.extensions,
            )
        )


def phone_client(url: str) -> httpx2.Client:
    """A browser of another machine, without credentials; ``url``: the service's address on this machine."""
    return httpx2.Client(base_url=for_phones(url), timeout=WITHIN_SECONDS, transport=_ToLoopback())
