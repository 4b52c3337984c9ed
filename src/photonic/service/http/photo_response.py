"""A photo's file as a response."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse

from photonic.service.http.downloads import Download

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from photonic.model.api import PhotoFile
    from photonic.serving.leases import StreamLease

KEPT_BY_BROWSERS = "private, max-age=86400, immutable"


def photo_headers(file: PhotoFile) -> dict[str, str]:
    """The headers of every response about this file, also of one without its bytes."""
    return {"ETag": f'"{file.sha256}"', "Cache-Control": KEPT_BY_BROWSERS}


def photo_response(
    file: PhotoFile,
    path: Path,
    lease: StreamLease,
    *,
    download: bool = False,
    headers: Mapping[str, str] | None = None,
) -> Download:
    """The file, with its SHA-256 as ETag and its name.

    Args:
        file: The photo's file.
        path: Where it is.
        lease: The right of the reader.
        download: Whether browsers save it instead of showing it.
        headers: Sent in addition; ``None``: none.

    Raises a 404 if the file is gone.
    """
    if not path.is_file():
        raise HTTPException(404, f"photo {file.id[:100]} is no longer on the disk")
    whole = FileResponse(
        path,
        media_type=file.media_type,
        filename=path.name,
        content_disposition_type="attachment" if download else "inline",
        headers={**photo_headers(file), **(headers or {})},
    )
    return Download(whole, lease)
