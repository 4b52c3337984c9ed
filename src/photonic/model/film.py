"""Which of a camera's files are films: large, and nobody's still."""

from __future__ import annotations

from pathlib import PurePosixPath

FILM_NAMES = frozenset({".mov", ".mp4", ".avi", ".mpg", ".mts", ".m2ts", ".crm", ".nev", ".mxf", ".braw"})
"""As Canon, Nikon, Sony, Panasonic, Fujifilm and Olympus name them; CRM and NEV are raw films."""


def is_film(name: str) -> bool:
    """Whether a file of that name is a film."""
    return PurePosixPath(name).suffix.lower() in FILM_NAMES
