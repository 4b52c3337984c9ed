"""JPEGs for sources: small, whole, and told apart."""

from __future__ import annotations

import io

from PIL import Image


def jpeg(colour: str, size: tuple[int, int] = (32, 16), *, thumbnail: bool = False) -> bytes:
    """A picture of one colour; ``thumbnail``: with a whole JPEG inside its EXIF, as cameras write it."""
    made = io.BytesIO()
    inside = b"Exif\0\0" + jpeg("white", (8, 8)) if thumbnail else b""
    Image.new("RGB", size, colour).save(made, "JPEG", exif=inside)
    return made.getvalue()


RED, GREEN, BLUE = (jpeg(colour) for colour in ("red", "green", "blue"))


def colour_of(picture: bytes) -> str:
    """Which of the three it is nearest to."""
    with Image.open(io.BytesIO(picture)) as image:
        red, green, blue = image.convert("RGB").resize((1, 1)).tobytes()
    return max((red, "red"), (green, "green"), (blue, "blue"))[1]


def yuyv(width: int, height: int, *, padding: int = 0) -> bytes:
    """Left half white, right half red, in limited range (ITU-R BT.601)."""
    white, red = (235, 128, 235, 128), (81, 90, 81, 240)
    row = bytes(white) * (width // 4) + bytes(red) * (width // 4) + bytes(padding)
    return row * height
