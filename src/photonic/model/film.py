"""Tells a camera's films from its photos."""

from __future__ import annotations

from pathlib import PurePosixPath

FILM_NAMES = frozenset({".mov", ".mp4", ".avi", ".mpg", ".mts", ".m2ts", ".crm", ".nev", ".mxf", ".braw"})
"""The suffixes that Canon, Nikon, Sony, Panasonic, Fujifilm and Olympus use; CRM and NEV are raw films."""


def is_film(name: str) -> bool:
    """Whether a file with this name is a film."""
    return PurePosixPath(name).suffix.lower() in FILM_NAMES
