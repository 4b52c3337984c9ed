"""Places for viewers of live view: who gets one, and what the others are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.serving.problems import ProblemResponse

if TYPE_CHECKING:
    from photonic.access.principal import Principal
    from photonic.access.usage import Held, Pool

TOO_MANY_VIEWERS = "live view has as many viewers as are allowed (max_viewers)"
RETRY_AFTER_SECONDS = 5


def viewer_place(viewers: Pool, principal: Principal) -> Held | None:
    """A place for this viewer, until it is released; ``None``: all are taken."""
    return viewers.take(privileged=principal.is_privileged)


def too_many_viewers() -> ProblemResponse:
    """The refusal for a viewer without a place."""
    return ProblemResponse(
        "too_many_viewers",
        f"{TOO_MANY_VIEWERS}: try again later",
        status=503,
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
    )
