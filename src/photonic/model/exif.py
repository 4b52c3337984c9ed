"""How a photo was taken, as its file says (Exif 2.32)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

CameraTime = Annotated[
    datetime,
    WithJsonSchema(
        {
            "type": "string",
            "description": "ISO 8601, with the offset from UTC where the camera writes one; without it: the local time "
            "of wherever the camera's clock was set.",
        }
    ),
]
"""What the camera's clock showed, right or wrong; naive where the camera does not write its offset from UTC."""

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Count = Annotated[int, Field(gt=0)]


class ExifFacts(BaseModel):
    """Each is ``None`` where the file does not say it. Places, owners and serial numbers are left out on purpose.

    ``iso``: as used, also where the camera chose it. ``exposure_bias_ev``: the compensation that was set.
    ``orientation``: 1 to 8, how the picture is to be turned. ``width_pixels`` and ``height_pixels``: before it is.
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
