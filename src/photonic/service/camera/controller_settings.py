"""The settings of one camera controller, fixed when it is created."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from photonic.model.hook import Hook, Webhook
from photonic.model.profile import Profile
from photonic.model.saved import SaveLevel
from photonic.model.verification import INDEX_COPIES, VERIFY_RATE_MB
from photonic.service.capture.service import CAPTURE_SECONDS
from photonic.service.files.photo_root import MIN_FREE_BYTES, PHOTO_MODE
from photonic.service.files.space import LOW_BYTES
from photonic.service.library.trash import TRASH_SECONDS
from photonic.service.photo.template import BODY_SESSION, DEFAULT, PhotoName

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class ControllerSettings:
    """The settings of one camera controller.

    ``name``: the camera's id on the wire; ``None``: its serial number. ``address``: a port of the driver (``auto``,
    ``usb:SERIAL``, ``ptpip:HOST:PORT``, ``vusb:DIR``). ``environment`` is added to the camera process's own.
    ``capture_target``: ``card`` (if the camera has one) or ``ram``. ``queue_length``: how many captures may wait.
    ``retry_without_autofocus``: the default for requests that do not set it. ``delete_after_download``: delete the
    card's copy of a photo once the photo is recorded. ``fetch_films``: fetch films from the card, too.
    ``trash_seconds``: how long a deleted photo can be restored. ``low_space_bytes``: warn when the disk has less free
    space. ``photo_mode``: the permissions of a photo's file. ``profiles``: the named profiles; ``profile`` is active
    from the start. ``foreign_folders``: folders in the photo root that belong to other cameras. ``photo_name``: the
    template for file names. ``body_session``: the session for photos that were taken on the camera itself. ``hooks``,
    ``webhooks``: the targets that are notified of photos. ``verify_bytes_a_second``: how fast photos are checked in
    idle time; 0: they are not. ``index_copies``: how many copies of the index are kept.
    """

    name: str | None
    address: str
    photo_root: Path
    driver: str = "photonic.drivers.gphoto2"
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    capture_target: str = "card"
    image_path: Literal["absolute", "relative"] = "absolute"
    queue_length: int = 8
    preview_grace_seconds: float = 5.0
    min_free_bytes: int = MIN_FREE_BYTES
    low_space_bytes: int = LOW_BYTES
    photo_mode: int = PHOTO_MODE
    retry_without_autofocus: bool = False
    saved: SaveLevel = SaveLevel.DISK
    second_root: Path | None = None
    second_folder: str = ""
    delete_after_download: bool = False
    fetch_films: bool = False
    trash_seconds: float = TRASH_SECONDS
    profiles: Mapping[str, Profile] = field(default_factory=dict[str, Profile])
    profile: str | None = None
    foreign_folders: tuple[str, ...] = ()
    photo_name: PhotoName = field(default_factory=lambda: PhotoName(DEFAULT))
    body_session: str = BODY_SESSION
    hooks: Mapping[str, Hook] = field(default_factory=dict[str, Hook])
    webhooks: Mapping[str, Webhook] = field(default_factory=dict[str, Webhook])
    verify_bytes_a_second: float = VERIFY_RATE_MB * 1e6
    index_copies: int = INDEX_COPIES
    capture_seconds: float = CAPTURE_SECONDS
