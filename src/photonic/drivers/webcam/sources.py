"""Chooses the source of an address; each kind is imported only when needed, so that the process starts fast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.model.camera_address import SourceKind

if TYPE_CHECKING:
    from photonic.drivers.webcam.source import Source
    from photonic.model.camera_address import SourceAddress


def source_of(address: SourceAddress) -> Source:
    """The source of an address, not opened yet. Raises ``CameraError`` (BLOCKED) if it needs a missing library."""
    match address.kind:
        case SourceKind.FILE:
            from photonic.drivers.webcam.files import Files  # noqa: PLC0415 - see above

            return Files(address)
        case SourceKind.URL:
            from photonic.drivers.webcam.url import UrlSource  # noqa: PLC0415 - see above

            return UrlSource(address)
        case SourceKind.V4L2:
            from photonic.drivers.webcam.device import DeviceSource  # noqa: PLC0415 - see above

            return DeviceSource(address)
