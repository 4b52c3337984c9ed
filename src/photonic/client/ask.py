"""How the parts of a client send requests: through one function, which knows the address and the token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class Ask(Protocol):
    """Sends a request to a route, and returns the body of the answer."""

    async def __call__(
        self,
        method: str,
        route: str,
        *,
        body: object = None,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """Raises ``ServiceError``."""
        ...
