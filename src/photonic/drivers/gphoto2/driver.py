"""The driver for cameras that libgphoto2 supports.

Theory of operation
-------------------
One thread, the main thread of the camera process, calls every method; libgphoto2 is used by no other thread. It can
hang in any call, so each call is announced to the parent with its time limit (``ParentLink.calling``), and the parent
kills the process after that limit. So nothing may depend on a clean shutdown: everything that has to be restored on the
camera is recorded on disk first (``pending_restore``).

A driver opens its camera once. After an error it is closed, and ``reopenable`` decides whether this process may create
another driver, or has to end: virtual USB aborts at a second ``init``, and closing a lost network connection blocks.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.port import Port, PortKind, parse
from photonic.drivers.gphoto2.preview_stream import NO_LIVE_VIEW
from photonic.drivers.gphoto2.session import CameraSession
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
    """Open the camera at ``port``.

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
    """One camera on libgphoto2; implements ``worker.roles.Driver``.

    Tests replace ``connect``, ``clock`` (seconds, monotonic) and ``pause``.
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
        self._session: CameraSession | None = None
        self._closed = False

    def open(self, configure: Configure) -> CameraOpened:
        """Open the camera, choose where photos go, and apply the profiles.

        Raises ``BadInput`` for a bad address or profile, ``CameraError``.
        """
        self._port = parse(configure.address)
        camera = self._connect(self._outbox, self._port)
        session = CameraSession(camera, self._outbox, self._clock, self._pause)
        self._session = session
        return session.begin(configure)

    def apply(self, profiles: Profiles) -> None:
        """Keep these settings in force from now on.

        Raises ``BadInput`` with field and choices, in which case nothing was changed; ``CameraError``.
        """
        self._open.apply(profiles)

    def settings(self) -> SettingsRead:
        """The current settings; of a slow camera, those read so far.

        Raises ``CameraError``.
        """
        return self._open.settings.listed()

    def change(self, values: Mapping[str, str]) -> None:
        """Set these now, all or none.

        Raises ``BadInput`` with field and choices; ``CameraError``.
        """
        self._open.settings.change(values)

    def focus(self, action: FocusAction, size: int, steps: int) -> None:
        """Focus without taking a photo.

        Raises ``BadInput`` if the camera cannot, ``CaptureError`` if the lens could not focus; ``CameraError``.
        """
        self._open.focus(action, size, steps)

    def look(self, wanted: LookAt) -> None:
        """Apply view options to live view.

        Raises ``BadInput`` for a value that the camera does not accept, at least not now; ``CameraError`` (also
        NOT_SUPPORTED).
        """
        self._open.view_options.apply(wanted)

    def start_preview(self) -> None:
        """Turn live view on; if it is on, turn it off first.

        Raises ``CameraError``: NOT_SUPPORTED on a camera without live view.
        """
        session = self._open
        if not session.live.available:
            raise CameraError(NO_LIVE_VIEW, kind=FailureKind.NOT_SUPPORTED)
        session.start_live_view()

    def stop_preview(self) -> None:
        """Turn live view off.

        Raises ``CameraError``.
        """
        if self._open.live.available:
            self._open.stop_live_view()

    def preview(self) -> bytes | None:
        """One whole JPEG at the camera's own rate, or ``None`` after a short pause.

        Raises ``CameraError``.
        """
        return self._open.live.frame()

    def capture(self, command: Capture, cancelled: Callable[[], bool]) -> None:
        """Take one still and stage its files.

        Raises ``CaptureError`` if only this shot failed, ``CameraError`` if the camera has to be reopened.
        """
        self._open.capture(command, cancelled)

    def list_card(self) -> CardListed:
        """The photos on the card when the camera was opened.

        Raises ``CameraError``.
        """
        return self._open.card.listed()

    def fetch(self, objects: Sequence[CardObject], staging: str) -> ObjectsFetched:
        """Stage these objects of the card.

        Raises ``CameraError`` if the connection broke.
        """
        return self._open.card.fetch(objects, Path(staging))

    def delete(self, wanted: CardObject) -> None:
        """Delete this object from the card.

        Raises ``BadInput`` if it is gone or another object has its name; ``CameraError``.
        """
        self._open.card.delete(wanted)

    def settle(self) -> None:
        """A short slice of housekeeping; nearly free when nothing is due.

        Raises ``CameraError``.
        """
        self._open.settle()

    def reopenable(self, failure: CameraError) -> bool:
        """Whether this process may reopen the camera: never over virtual USB, which aborts at a second ``init``.

        Over a network, only if the connection still works: ``exit`` would wait for a lost one with the GIL held.
        """
        if self._port is None or self._port.kind is PortKind.VUSB:
            return False
        return faults.connection_good(failure) if self._port.networked else True

    def close(self) -> None:
        """Turn live view off and end the session, as far as the connection allows."""
        if self._session is None or self._closed:
            return
        # Keep the session: freeing a lost camera makes the library wait for it with the GIL held.
        self._closed = True
        self._session.end()

    @property
    def _open(self) -> CameraSession:
        if self._session is None or self._closed:
            raise CameraError("the camera is not open", kind=FailureKind.DISCONNECTED)
        return self._session
