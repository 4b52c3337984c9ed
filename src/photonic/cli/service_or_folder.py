"""Where a command finds stored photos: at the running service, or, if none runs, in the photo root itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from photonic.cli.service_address import DEFAULT_URL
from photonic.errors import BadInput, ServiceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from photonic.service.camera.controller_settings import ControllerSettings

_Found = TypeVar("_Found")


async def from_service_or_folder(
    from_service: Callable[[], Awaitable[_Found]],
    from_folder: Callable[[Sequence[ControllerSettings]], Awaitable[_Found]],
    *,
    url: str,
    photo_root: Path | None,
    cameras: Callable[[], Sequence[ControllerSettings]],
) -> _Found:
    """Ask the service; read the folder with ``photo_root``, or if no service answers at the usual address.

    Args:
        from_service: Asks the service. Raises ``ServiceError``; its ``status`` is ``None`` if nobody answers.
        from_folder: Reads the folders of these cameras.
        url: The address of the service; at any other than the usual one, there has to be a service.
        photo_root: The folder, if it was named; then no service is asked.
        cameras: Those whose folders can be read. Raises ``BadInput`` if there is none.

    Raises:
        BadInput: the named folder has no photos to read.
        ServiceError: the service refuses; or nobody answers, and there is no folder either.
    """
    refusal: ServiceError | None = None
    if photo_root is None:
        try:
            return await from_service()
        except ServiceError as error:
            if error.status is not None or url != DEFAULT_URL:
                raise
            refusal = error
    try:
        found = cameras()
    except BadInput as error:
        raise refusal or error from None
    return await from_folder(found)
