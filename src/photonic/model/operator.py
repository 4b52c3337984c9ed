"""The operator's PIN on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from photonic.model.guest import GuestLimits

PIN_PATTERN = r"^[0-9]{4,12}$"

Pin = Annotated[str, StringConstraints(pattern=PIN_PATTERN)]


class PinRequest(BaseModel):
    """``POST /operator``."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    pin: Pin


class OperatorAnswer(BaseModel):
    """``pin_set``: whether a PIN is set; ``unlocked``: whether the requester has entered it, or does not need to.

    ``limits``: the limits for the requester; absent if there are none. ``elevated_seconds``: how long the PIN still
    holds; absent if the requester has not entered it.
    """

    pin_set: bool
    unlocked: bool
    limits: GuestLimits | None = None
    elevated_seconds: float | None = None

    @classmethod
    def of(
        cls, *, pin_set: bool, unlocked: bool, limits: GuestLimits, elevated_seconds: float | None = None
    ) -> OperatorAnswer:
        """Return the answer, with the limits for guests if they apply."""
        shown = None if unlocked else limits
        return cls(pin_set=pin_set, unlocked=unlocked, limits=shown, elevated_seconds=elevated_seconds)
