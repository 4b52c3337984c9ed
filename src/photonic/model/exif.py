"""How a photo was taken, from its file (Exif 2.32)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

CameraTime = Annotated[
    datetime,
    WithJsonSchema(
        {
            "type": "string",
            "description": "ISO 8601, with the offset from UTC if the camera records it; otherwise "
            "the local time to which the camera's clock was set.",
        }
    ),
]
"""The time on the camera's clock, right or wrong; naive if the camera does not record its offset from UTC."""

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Count = Annotated[int, Field(gt=0)]


class ExifFacts(BaseModel):
    """Each field is ``None`` if the file does not have it. Location, owner and serial numbers are omitted on purpose.

    ``iso``: the value used, even if the camera chose it. ``exposure_bias_ev``: the exposure compensation.
    ``orientation``: 1 to 8, how to rotate the image. ``width_pixels`` and ``height_pixels``: before the rotation.
    """

    model_config = ConfigDict(frozen=True)

    taken_at: CameraTime | None = None
    exposure_seconds: Positive | None = None
    f_number: Positive | None = None
    iso: Count | None = None
    exposure_bias_ev: Annotated[float, Field(allow_inf_nan=False)] | None = None
    focal_length_mm: Positive | None = None
    lens: str | None = None
    make: str | None = None
    model: str | None = None
    flash_fired: bool | None = None
    orientation: Annotated[int, Field(ge=1, le=8)] | None = None
    width_pixels: Count | None = None
    height_pixels: Count | None = None
