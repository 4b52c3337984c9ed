"""The part of the scene that a viewfinder shows, and its darkness."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SceneView:
    """A part of the scene, magnified by ``magnification``; its corner ``left``, ``top`` in fractions of the picture.

    ``stops``: by how many stops it is darker, because the aperture is closed.
    """

    magnification: int = 1
    left: float = 0.0
    top: float = 0.0
    stops: int = 0


WHOLE = SceneView()
