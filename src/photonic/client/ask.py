"""The function with which the parts of a client send requests; it adds the address and the token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class Ask(Protocol):
    """Sends a request to a route and returns the body of the response."""

    async def __call__(
        self,
        method: str,
        route: str,
        *,
        body: object = None,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """Send the request. Raises ``ServiceError``."""
        ...
