"""Sends the HTTP requests of one client: with time limits, and with every failure as a ``ServiceError``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2

from photonic.client.problem import no_answer, service_error
from photonic.client.status_route import open_http
from photonic.client.trust import trust_of

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable, Mapping

    from photonic.client.address import ServiceAddress
    from photonic.client.ask import Ask

REQUEST_SECONDS = 10.0


class ServiceTransport:
    """The HTTP connections to one service.

    Args:
        address: The service and the camera.
        headers: Sent with every request.
        ssl_context: Whose certificates are accepted; ``None``: those that this machine trusts.
    """

    def __init__(
        self, address: ServiceAddress, headers: dict[str, str], ssl_context: ssl.SSLContext | None = None
    ) -> None:
        self._address = address
        trust = trust_of(address.base_url, ssl_context)
        self._http = open_http(headers, timeout_seconds=REQUEST_SECONDS, trust=trust)

    async def close(self) -> None:
        """Close the connections; no request can be sent afterwards."""
        await self._http.aclose()

    def for_camera(self, **params: str | int | None) -> dict[str, str | int]:
        """Query parameters for a route of the whole service, limited to the client's camera; ``None``: left out."""
        query = {"camera": self._address.camera, **params}
        return {name: value for name, value in query.items() if value is not None}

    async def post_once(
        self, url: str, *, json: object, headers: Mapping[str, str], read_seconds: float | None
    ) -> httpx2.Response:
        """Send one POST and return the response, whatever its status.

        Args:
            url: Where to send it.
            json: The body.
            headers: Sent in addition to those of every request.
            read_seconds: How long to wait for the response; ``None``: without a limit.

        Raises ``httpx2.TransportError``, so that the caller can tell whether the service may have received the request.
        """
        limits = httpx2.Timeout(REQUEST_SECONDS, read=read_seconds)
        return await self._http.post(url, json=json, headers=headers, timeout=limits)

    async def send(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str | int | float] | None = None,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        read_seconds: float = REQUEST_SECONDS,
    ) -> httpx2.Response:
        """Send a request and return the response, always a 2xx one.

        Args:
            method: The HTTP method.
            url: Where to send it.
            params: The query parameters.
            json: The body; ``None``: no body.
            headers: Sent in addition to those of every request.
            read_seconds: How long to wait for the response.

        Raises ``ServiceError`` for any other status, or if there is no response.
        """
        limits = httpx2.Timeout(REQUEST_SECONDS, read=read_seconds)
        try:
            response = await self._http.request(method, url, params=params, json=json, headers=headers, timeout=limits)
        except httpx2.TransportError as error:
            raise no_answer(url, error) from error
        if not response.is_success:
            raise service_error(response)
        return response

    def asker(
        self,
        url: Callable[[str], str],
        always: Mapping[str, str | int] | None = None,
        *,
        read_seconds: float = REQUEST_SECONDS,
    ) -> Ask:
        """Return an ``Ask``.

        Args:
            url: Turns a route into a URL.
            always: Query parameters of every request; ``None``: none.
            read_seconds: How long to wait for each response.
        """

        async def ask(
            method: str,
            route: str,
            *,
            body: object = None,
            params: Mapping[str, str | int] | None = None,
            headers: Mapping[str, str] | None = None,
        ) -> bytes:
            query = {**always, **(params or {})} if always is not None else params
            response = await self.send(
                method, url(route), params=query, json=body, headers=headers, read_seconds=read_seconds
            )
            return response.content

        return ask

    async def chunks(self, route: str) -> AsyncIterator[bytes]:
        """Yield the body of a GET of the v1 API, chunk by chunk. Raises ``ServiceError``."""
        url = self._address.url(f"/api/v1{route}")
        try:
            async with self._http.stream("GET", url, params=self.for_camera()) as response:
                if not response.is_success:
                    await response.aread()
                    raise service_error(response)
                async for chunk in response.aiter_bytes():
                    yield chunk
        except httpx2.TransportError as error:
            raise no_answer(url, error) from error
