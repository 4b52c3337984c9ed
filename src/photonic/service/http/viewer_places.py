"""Places for viewers of live view: who gets one, and what the others are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.service.config.settings import is_loopback
from photonic.service.http.problems import ProblemResponse

if TYPE_CHECKING:
    from starlette.types import Scope

    from photonic.access.usage import Held, Pool

TOO_MANY_VIEWERS = "live view has as many viewers as are allowed (max_viewers)"
RETRY_AFTER_SECONDS = 5


def viewer_place(viewers: Pool, scope: Scope) -> Held | None:
    """A place for the viewer of this connection, until it is released; ``None``: all are taken."""
    client = scope.get("client")
    return viewers.take(privileged=client is None or is_loopback(client[0]))


def too_many_viewers() -> ProblemResponse:
    """The refusal for a viewer without a place."""
    return ProblemResponse(
        "too_many_viewers",
        f"{TOO_MANY_VIEWERS}: try again later",
        status=503,
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
    )
