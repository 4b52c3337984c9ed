"""Which part of the scene a viewfinder shows, and how dark."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SceneView:
    """``magnification`` times as large as the whole; its corner ``left``, ``top`` in shares of the picture.

    ``stops``: darker by so many, because the aperture is closed.
    """

    magnification: int = 1
    left: float = 0.0
    top: float = 0.0
    stops: int = 0


WHOLE = SceneView()
