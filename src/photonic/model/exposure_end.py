"""When a capture request is answered, and what tells that the exposure of a capture is over."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

AnswerAt = Literal["accepted", "exposed", "saved"]
"""``accepted``: when the capture is recorded; ``exposed``: when its exposure is over; ``saved``: when it is on disk."""


class ExposureEnd(StrEnum):
    """What told that an exposure is over (decision 0066).

    No camera reports the end itself before it reports the first file, except for a bulb exposure, which the service
    ends.
    """

    BUTTON = "button"
    """The shutter button of a bulb exposure was released: the end itself."""
    FILE = "file"
    """The camera reported the first file of the shot: some time after the end."""
    PICTURE = "picture"
    """A source without a shutter has handed over its picture."""
    SAVED = "saved"
    """Nothing, before the capture had ended: the camera process was lost, or the capture is an earlier one."""
