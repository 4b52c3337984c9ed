"""Paths and names of photos, as text only; ``files.photo_root`` checks them against the disk."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from photonic.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

STAGING = ".staging"
INDEX = ".photonic"
INDEX_FILE = f"{INDEX}/captures.sqlite3"
TRASH = f"{INDEX}/trash"
THUMBNAILS = f"{INDEX}/thumbnails"
RESERVED = (STAGING, INDEX)
"""Folders in the photo root that hold the service's own files."""

# Linux: NAME_MAX. The directory's limit leaves room below PATH_MAX (4096) for the root and the name.
COMPONENT_LIMIT_BYTES = 255
DIRECTORY_LIMIT_BYTES = 1024
CLASH_LIMIT = 10_000

JPEG_EXTENSIONS = frozenset({".jpg", ".jpeg", ".jpe"})
_MEDIA_TYPES = {
    ".jpg": "image/jpeg",
    ".heif": "image/heif",
    ".heic": "image/heic",
    ".hif": "image/heif",
    ".tif": "image/tiff",
    ".dng": "image/x-adobe-dng",
    ".cr2": "image/x-canon-cr2",
    ".cr3": "image/x-canon-cr3",
    ".nef": "image/x-nikon-nef",
    ".arw": "image/x-sony-arw",
    ".raf": "image/x-fuji-raf",
    ".mov": "video/quicktime",
    ".mp4": "video/mp4",
}


def directory_below_root(output_directory: str) -> PurePosixPath:
    """The ``output_directory`` of a request, relative to the photo root, without ``.`` components.

    Raises:
        BadInput: it would leave the root (absolute, ``..``), no file system accepts it (NUL, control characters,
            overlong or unencodable components), or it is one of the service's own folders.
    """
    if output_directory.startswith("/"):
        raise _refused("is absolute; give it relative to the photo root, such as './photos'")
    if any(ord(character) < 32 or ord(character) == 127 for character in output_directory):
        raise _refused("contains a control character")
    components = [component for component in output_directory.split("/") if component not in {"", "."}]
    if ".." in components:
        raise _refused("contains '..' and could leave the photo root")
    try:
        lengths = [len(component.encode()) for component in components]
    except UnicodeEncodeError as error:
        raise _refused("cannot be encoded as UTF-8") from error
    if any(length > COMPONENT_LIMIT_BYTES for length in lengths):
        raise _refused(f"has a component of more than {COMPONENT_LIMIT_BYTES} bytes")
    if sum(lengths) + len(lengths) > DIRECTORY_LIMIT_BYTES:
        raise _refused(f"is longer than {DIRECTORY_LIMIT_BYTES} bytes")
    if components and components[0] in RESERVED:
        raise _refused(f"begins with '{components[0]}', a folder that the service uses itself")
    return PurePosixPath(*components)


def extension(camera_name: str) -> str:
    """The extension for a file named ``camera_name`` on the camera: lower case, ``.jpg`` for every JPEG.

    A name without a plain extension (letters and digits, at most 8) gets ``.bin``.
    """
    suffix = PurePosixPath(camera_name.replace("/", "_").replace("\0", "_")).suffix.lower()
    if suffix in JPEG_EXTENSIONS:
        return ".jpg"
    return suffix if 2 <= len(suffix) <= 9 and suffix[1:].isascii() and suffix[1:].isalnum() else ".bin"


def media_type(suffix: str) -> str:
    """The media type of a file with this extension."""
    return _MEDIA_TYPES.get(suffix, "application/octet-stream")


def stems(first: str) -> Iterator[str]:
    """The stems to try, in order: ``x``, ``x_2``, ``x_3`` ..."""
    yield first
    for number in range(2, CLASH_LIMIT):
        yield f"{first}_{number}"


def siblings(stem_: str, camera_names: Sequence[str]) -> list[str]:
    """The names of one still's files: the same stem with their extensions; a second JPEG becomes ``x-2.jpg``."""
    taken: Counter[str] = Counter()
    found: list[str] = []
    for camera_name in camera_names:
        suffix = extension(camera_name)
        taken[suffix] += 1
        found.append(f"{stem_}{suffix}" if taken[suffix] == 1 else f"{stem_}-{taken[suffix]}{suffix}")
    return found


def _refused(why: str) -> BadInput:
    return BadInput(f"output_directory {why}", field="output_directory")
