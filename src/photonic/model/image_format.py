"""What a camera's image format says about the files of its photos."""

from __future__ import annotations

_OTHERS = ("raw", "craw", "mraw", "sraw", "nef", "nrw", "raf", "arw", "tiff", "hif", "heif")
"""How the formats begin that are no JPEG, in lower case; sizes of a JPEG are ``L``, ``Fine``, ``JPEG Normal``."""


def lacks_jpeg(image_format: str) -> bool:
    """Whether a photo of this format has no JPEG among its files.

    Args:
        image_format: As libgphoto2 reports it: ``RAW``, ``cRAW``, ``NEF (Raw)``, ``RAW + Large Fine JPEG``,
            ``NEF+Basic``, ``Large Fine JPEG``. Each part between plus signs is one file.
    """
    return all(part.strip().casefold().startswith(_OTHERS) for part in image_format.split("+"))
