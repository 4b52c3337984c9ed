"""The driver for cameras that libgphoto2 knows; one thread calls every method."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.liveview import NO_LIVE_VIEW
from photonic.drivers.gphoto2.port import Port, PortKind, parse
from photonic.drivers.gphoto2.session import Session
from photonic.drivers.gphoto2.timeouts import write_settings
from photonic.errors import CameraError, FailureKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from photonic.drivers.gphoto2.camera import GphotoCamera
    from photonic.model.focus import FocusAction
    from photonic.worker.link.card_messages import CardListed, CardObject, ObjectsFetched
    from photonic.worker.link.messages import CameraOpened, Capture, Configure, Profiles
    from photonic.worker.link.setting_messages import LookAt, SettingsRead
    from photonic.worker.roles import ParentLink


def connect(outbox: ParentLink, port: Port) -> GphotoCamera:
    """The camera at ``port``, open.

    Raises ``CameraError``.
    """
    if port.kind is PortKind.VUSB:
        os.environ["VCAMERADIR"] = port.place
    write_settings()
    # gphoto2 reads VCAMERADIR while it is imported.
    from photonic.drivers.gphoto2.library import LibraryCamera  # noqa: PLC0415

    camera = LibraryCamera(outbox, port)
    camera.open()
    return camera


class GPhoto2Driver:
    """One camera on libgphoto2, in the role that ``worker.roles`` describes.

    ``connect``, ``clock`` (seconds, monotonic) and ``pause`` are replaced in tests.
    """

    def __init__(
        self,
        outbox: ParentLink,
        *,
        connect: Callable[[ParentLink, Port], GphotoCamera] = connect,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._outbox = outbox
        self._connect = connect
        self._clock = clock
        self._pause = pause
        self._port: Port | None = None
        self._session: Session | None = None
        self._closed = False

    def open(self, configure: Configure) -> CameraOpened:
        """Open the camera, choose where photos go, hold the profiles.

        Raises ``BadInput`` for a bad address or profile, ``CameraError``.
        """
        self._port = parse(configure.address)
        camera = self._connect(self._outbox, self._port)
        session = Session(camera, self._outbox, self._clock, self._pause)
        self._session = session
        return session.begin(configure)

    def apply(self, profiles: Profiles) -> None:
        """Hold these settings from now on.

        Raises ``BadInput`` with field and choices, nothing changed then; ``CameraError``.
        """
        self._open.apply(profiles)

    def settings(self) -> SettingsRead:
        """Everything that can be set, as it is now; of a slow camera what is known by now.

        Raises ``CameraError``.
        """
        return self._open.settings.listed()

    def change(self, values: Mapping[str, str]) -> None:
        """Set these now, all or none.

        Raises ``BadInput`` with field and choices; ``CameraError``.
        """
        self._open.settings.change(values)

    def focus(self, action: FocusAction, size: int, steps: int) -> None:
        """Focus without a photo.

        Raises ``BadInput`` where it cannot, ``CaptureError`` where there was no focus; ``CameraError``.
        """
        self._open.focus(action, size, steps)

    def look(self, wanted: LookAt) -> None:
        """Have live view show that.

        Raises ``BadInput`` for what the camera does not take, or not now; ``CameraError`` (also NOT_SUPPORTED).
        """
        self._open.look(wanted)

    def start_preview(self) -> None:
        """Live view on, or off and on when it is on already.

        Raises ``CameraError``: NOT_SUPPORTED on a camera without live view.
        """
        session = self._open
        if not session.has_live_view:
            raise CameraError(NO_LIVE_VIEW, kind=FailureKind.NOT_SUPPORTED)
        session.start_live_view()

    def stop_preview(self) -> None:
        """Live view off.

        Raises ``CameraError``.
        """
        if self._open.has_live_view:
            self._open.stop_live_view()

    def preview(self) -> bytes | None:
        """One whole JPEG at the camera's own pace, or ``None`` after a short pause.

        Raises ``CameraError``.
        """
        return self._open.live.frame()

    def capture(self, command: Capture, cancelled: Callable[[], bool]) -> None:
        """Take one still and stage its files.

        Raises ``CaptureError`` where only this shot failed, ``CameraError`` where the camera is of no more use.
        """
        self._open.capture(command, cancelled)

    def list_card(self) -> CardListed:
        """The photos on the card, as of the opening of the camera.

        Raises ``CameraError``.
        """
        return self._open.card.listed()

    def fetch(self, objects: Sequence[CardObject], staging: str) -> ObjectsFetched:
        """Stage these objects of the card.

        Raises ``CameraError`` where the connection broke.
        """
        return self._open.card.fetch(objects, Path(staging))

    def delete(self, wanted: CardObject) -> None:
        """Delete this object from the card.

        Raises ``BadInput`` when another one, or none, lies there; ``CameraError``.
        """
        self._open.card.delete(wanted)

    def settle(self) -> None:
        """A short slice of housekeeping; nearly free when nothing is due.

        Raises ``CameraError``.
        """
        self._open.settle()

    def reopenable(self, failure: CameraError) -> bool:
        """Whether this process may open the camera anew: never over virtual USB, which aborts at a second ``init``.

        Over a network only where the connection is good: ``exit`` would wait for it, with the GIL held.
        """
        if self._port is None or self._port.kind is PortKind.VUSB:
            return False
        return faults.connection_good(failure) if self._port.networked else True

    def close(self) -> None:
        """Live view off and the session ended, where the connection still allows it."""
        if self._session is None or self._closed:
            return
        # The session is kept: clearing up a lost camera makes the library wait for it, with the GIL held.
        self._closed = True
        self._session.end()

    @property
    def _open(self) -> Session:
        if self._session is None or self._closed:
            raise CameraError("the camera is not open", kind=FailureKind.DISCONNECTED)
        return self._session
