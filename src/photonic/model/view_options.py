"""How live view shows the scene: magnification, position, focus point, depth-of-field preview."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StringConstraints, model_validator

LARGEST_COORDINATE = 65_535

Magnification = Annotated[str, StringConstraints(pattern=r"^\d{1,3}%?$")]
Coordinate = Annotated[int, Field(strict=True, ge=0, le=LARGEST_COORDINATE)]


class ViewOptions(BaseModel):
    """The body of ``POST /liveview/look``; an omitted field is left unchanged.

    ``magnification``: ``1`` is the whole frame; other values depend on the camera: ``5`` and ``10`` on a Canon, ``50%``
    on a Nikon. ``position`` (x, y): the top left of the magnified area; ``focus_point`` (x, y): where autofocus
    measures; both in the camera's own pixels. ``depth_of_field``: whether the aperture is closed as for a photo.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    magnification: Magnification | None = None
    position: tuple[Coordinate, Coordinate] | None = None
    focus_point: tuple[Coordinate, Coordinate] | None = None
    depth_of_field: StrictBool | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_dump(exclude_none=True):
            raise ValueError("set magnification, position, focus_point or depth_of_field")
        return self
