from __future__ import annotations

import pytest

from photonic.model.image_format import lacks_jpeg


@pytest.mark.parametrize("image_format", ["RAW", "cRAW", "mRAW", "NEF (Raw)", "TIFF (RGB)", "HEIF", "RAW + HEIF"])
def test_formats_without_a_jpeg(image_format: str) -> None:
    assert lacks_jpeg(image_format)


@pytest.mark.parametrize(
    "image_format",
    [
        "Large Fine JPEG",
        "RAW + Large Fine JPEG",
        "NEF+Basic",
        "JPEG Normal",
        "Fine",
        "Extra Fine",
        "L",
        "RAW + JPEG",
        "",
    ],
)
def test_formats_with_a_jpeg_and_unknown_ones(image_format: str) -> None:
    assert not lacks_jpeg(image_format)
