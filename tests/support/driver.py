"""A synthetic driver in a real camera process (``python -m tests.support.driver --fd N``), which misbehaves on request.

Its address says how: ``fake:key=value;key=value``. See ``Behaviour``, and ``tests.support.launching`` for making one.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from photonic.errors import BadInput, CameraError, CaptureError, FailureKind
from photonic.worker.child.process import run_child
from photonic.worker.link.card_messages import CardListed, ObjectsFetched
from photonic.worker.link.messages import CameraOpened, Captured, CaptureProgressed, Facts, Staged
from photonic.worker.link.setting_messages import SettingEntry, SettingsChanged, SettingsRead

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from photonic.model.focus import FocusAction
    from photonic.worker.link.card_messages import CardObject
    from photonic.worker.link.messages import Capture, Configure, Profiles
    from photonic.worker.link.setting_messages import LookAt
    from photonic.worker.roles import ParentLink

# 8x8 grey pixels.
_PIXELS = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBk"
    "eFxlZ2P/wAALCAAIAAgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AP//Z"
)
ISO_CHOICES = ("100", "200", "400", "800")
FOREVER_SECONDS = 3600.0
BITE_BYTES = 60_000
GROWTH_BYTES = 200 * 2**20

RAW_HEAD = b"II*\0"
"""How a TIFF begins, and with it most raw files."""


def jpeg(text: str, size_bytes: int = 0) -> bytes:
    """A real JPEG of 8x8 pixels with ``text`` in a comment, and at least ``size_bytes`` of comments."""
    comments = [text.encode()]
    while sum(map(len, comments)) < size_bytes:
        comments.append(b"." * min(BITE_BYTES, size_bytes))
    marked = (b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment for comment in comments)
    return _PIXELS[:2] + b"".join(marked) + _PIXELS[2:]


def text_of(picture: bytes | memoryview) -> str:
    """The text that ``jpeg`` was given."""
    picture = bytes(picture).removeprefix(RAW_HEAD)
    return bytes(picture[6 : 4 + int.from_bytes(picture[4:6], "big")]).decode()


@dataclass(frozen=True)
class Behaviour:
    """How the camera behaves.

    ``misbehave`` is one of: ``hang_in_open``, ``absent``, ``exit_at_open``, ``hang_in_preview``, ``blind`` (no valid
    frame), ``fault_in_preview``, ``exit_in_preview``, ``hang_in_capture``, ``crash_in_capture``, ``fault_in_capture``,
    ``autofocus`` (a capture fails), ``bug_in_capture``, ``incapable`` (it says that it takes no photos),
    ``hang_in_stop``, ``hang_in_close``, ``stop_itself`` (SIGSTOP), ``claimed`` (by another program), ``hot`` (live view
    is refused), ``grow`` (by 200 MB, in a capture).
    It begins after ``after`` good calls of the kind, and happens once in all when ``once`` names a file that is not
    there yet. ``limit`` is the time that hanging calls announce; ``prepare`` is how long a capture can be cancelled;
    ``serial_file`` holds the serial number, where the camera may be another one each time.
    """

    fps: float = 30.0
    size: int = 0
    capture: float = 0.0
    objects: int = 1
    stop: float = 0.0
    live_view: bool = True
    serial: str = "F-0001"
    serial_file: str = ""
    prepare: float = 0.0
    misbehave: str = ""
    after: int = 0
    once: str = ""
    limit: float = 1.0
    reopenable: bool = False
    card: bool = True
    label: str = ""

    @classmethod
    def parse(cls, address: str) -> Behaviour:
        """The behaviour in an address. Raises ``BadInput``."""
        kind, _, rest = address.partition(":")
        if kind not in {"fake", "auto"}:
            raise BadInput(f"{address} is no address of a fake camera: fake:key=value;...", field="address")
        values: dict[str, str | int | float | bool] = {}
        for pair in filter(None, rest.split(";")):
            key, _, value = pair.partition("=")
            default = getattr(cls, key)
            values[key] = value == "True" if isinstance(default, bool) else type(default)(value)
        return cls(**values)  # pyright: ignore[reportArgumentType]


class FakeDriver:
    """One synthetic camera; frames say ``frame <pid> <number>``, photos ``photo <capture id> <number>``."""

    def __init__(self, outbox: ParentLink) -> None:
        self._outbox = outbox
        self._is = Behaviour()
        self._on = False
        self._frames = itertools.count(1)
        self._calls: dict[str, int] = {}
        self._next_frame_at = 0.0
        self._profiles: Profiles | None = None
        self._ballast = b""
        self._iso = "100"

    def open(self, configure: Configure) -> CameraOpened:
        """Open the camera that the address describes; of ``auto``, the one in ``FAKE_CAMERA``."""
        address = os.environ.get("FAKE_CAMERA", "auto:") if configure.address == "auto" else configure.address
        self._is = Behaviour.parse(address)
        if self._due("hang_in_open"):
            self._hang("init")
        if self._due("exit_at_open"):
            os._exit(7)
        if self._due("absent"):
            raise CameraError("no fake camera: plug it in", kind=FailureKind.CAMERA_ABSENT)
        if self._due("claimed"):
            raise CameraError("another program holds the camera", kind=FailureKind.BLOCKED, code=-53)
        serial = Path(self._is.serial_file).read_text() if self._is.serial_file else self._is.serial
        if configure.expected_serial not in {None, serial}:
            raise CameraError(f"found a different camera: {serial}", kind=FailureKind.CAMERA_ABSENT)
        return CameraOpened(
            serial=serial,
            model="Fake",
            manufacturer="Photonic",
            version="1",
            live_view=self._is.live_view,
            has_card=self._is.card,
            capture_target="card" if self._is.card and configure.capture_target == "card" else "ram",
        )

    def apply(self, profiles: Profiles) -> None:
        """Take the settings when the ISO is one of four."""
        for settings in (profiles.live, profiles.capture):
            if settings.get("iso", "100") not in ISO_CHOICES:
                raise BadInput(f"this camera has no ISO {settings['iso']}", field="iso", choices=ISO_CHOICES)
        self._profiles = profiles

    def start_preview(self) -> None:
        """Live view on."""
        if not self._is.live_view:
            raise CameraError("this camera has no live view", kind=FailureKind.NOT_SUPPORTED)
        self._on = True
        self._next_frame_at = time.monotonic()

    def stop_preview(self) -> None:
        """Live view off."""
        if self._due("hang_in_stop"):
            self._hang("stop")
        time.sleep(self._is.stop)
        self._on = False

    def preview(self) -> bytes | None:
        """A frame, when it is due."""
        pause = self._next_frame_at - time.monotonic()
        if pause > 0:
            time.sleep(pause)
        self._next_frame_at = max(self._next_frame_at, time.monotonic() - 1 / self._is.fps) + 1 / self._is.fps
        with self._outbox.calling("preview", self._is.limit):
            if self._due("hang_in_preview"):
                time.sleep(FOREVER_SECONDS)
            if self._due("stop_itself"):
                os.kill(os.getpid(), signal.SIGSTOP)
            if self._due("exit_in_preview"):
                os._exit(7)
            if self._due("fault_in_preview"):
                raise CameraError("the cable is out", kind=FailureKind.CAMERA_FAULT, code=-7)
            if self._due("blind"):
                return None
            if self._due("hot"):
                raise CameraError("the camera is too hot", kind=FailureKind.BLOCKED)
        return jpeg(f"frame {os.getpid()} {next(self._frames)}", self._is.size)

    def capture(self, command: Capture, cancelled: Callable[[], bool]) -> None:
        """Stage ``objects`` files after ``capture`` seconds."""
        limit = self._is.capture + self._is.limit
        for phase in ("preparing", "exposing"):
            self._outbox.send(CaptureProgressed(capture_id=command.capture_id, phase=phase, remaining_seconds=limit))
        if self._due("autofocus"):
            raise CaptureError("no focus: aim at something with contrast", kind=FailureKind.AUTOFOCUS_FAILED)
        if self._due("fault_in_capture"):
            raise CameraError("the cable is out", kind=FailureKind.CAMERA_FAULT, code=-7)
        if self._due("incapable"):
            raise CameraError("the camera cannot do this", kind=FailureKind.NOT_SUPPORTED, code=-6)
        if self._due("bug_in_capture"):
            raise ZeroDivisionError("a bug of the driver")
        if self._due("grow"):
            self._ballast = b"x" * GROWTH_BYTES
        give_up_at = time.monotonic() + self._is.prepare
        while time.monotonic() < give_up_at:
            if cancelled():
                raise CaptureError("the capture was given up in time", kind=FailureKind.CANCELLED)
            time.sleep(0.01)
        with self._outbox.calling("trigger", limit):
            if self._due("hang_in_capture"):
                time.sleep(FOREVER_SECONDS)
            if self._due("crash_in_capture"):
                os.kill(os.getpid(), signal.SIGSEGV)
            time.sleep(self._is.capture)
        self._outbox.send(
            CaptureProgressed(capture_id=command.capture_id, phase="downloading", remaining_seconds=self._is.limit)
        )
        for number in range(1, self._is.objects + 1):
            self._stage(command, number)
        held = self._profiles.capture if self._profiles is not None else {}
        self._outbox.send(
            Captured(
                capture_id=command.capture_id,
                iso=held.get("iso", "100"),
                shutter_speed=held.get("shutter", "1/60"),
                aperture=held.get("aperture", "5.6"),
            )
        )

    def settings(self) -> SettingsRead:
        """One."""
        iso = SettingEntry(
            name="iso",
            path="/main/imgsettings/iso",
            label="ISO",
            kind="choice",
            value=self._iso,
            choices=("100", "400"),
        )
        return SettingsRead(settings=(iso,))

    def change(self, values: Mapping[str, str]) -> None:
        """Only that one."""
        for name, value in values.items():
            if name != "iso" or value not in {"100", "400"}:
                raise BadInput(f"no such {name}", field=name, choices=("100", "400"))
        self._iso = values["iso"]
        self._outbox.send(SettingsChanged(values={"iso": self._iso}))

    def focus(self, action: FocusAction, size: int, steps: int) -> None:
        """There is no lens."""
        raise BadInput("no lens", field="action")

    def look(self, wanted: LookAt) -> None:
        """Live view is as it is."""
        raise CameraError("no magnification", kind=FailureKind.NOT_SUPPORTED)

    def list_card(self) -> CardListed:
        """No card, or an empty one."""
        return CardListed(card="fake" if self._is.card else None)

    def fetch(self, objects: Sequence[CardObject], staging: str) -> ObjectsFetched:
        """The card is empty."""
        return ObjectsFetched()

    def delete(self, wanted: CardObject) -> None:
        """The card is empty."""
        raise BadInput(f"there is no {wanted.name} on the card")

    def settle(self) -> None:
        """Tell the facts, once."""
        if self._calls.setdefault("facts", 0) == 0:
            self._calls["facts"] = 1
            self._outbox.send(Facts(battery=75, storage_available=self._is.card, shots_available=999))

    def reopenable(self, failure: CameraError) -> bool:
        """As the address says."""
        return self._is.reopenable

    def close(self) -> None:
        """Nothing is left open."""
        if self._due("hang_in_close"):
            self._hang("exit")

    def _stage(self, command: Capture, number: int) -> None:
        # The files of one still have one stem.
        name = "IMG_0001.JPG" if number == 1 else "IMG_0001.CR2"
        path = Path(command.staging) / f"{command.capture_id}-{number}-{name}"
        photo = jpeg(f"photo {command.capture_id} {number}")
        if number > 1:
            photo = RAW_HEAD + photo
        path.write_bytes(photo)
        self._outbox.send(
            Staged(
                capture_id=command.capture_id,
                path=str(path),
                folder="/DCIM/100FAKE",
                name=name,
                size_bytes=len(photo),
                sha256=hashlib.sha256(photo).hexdigest(),
            )
        )

    def _hang(self, call: str) -> None:
        with self._outbox.calling(call, self._is.limit):
            time.sleep(FOREVER_SECONDS)

    def _due(self, what: str) -> bool:
        if self._is.misbehave != what:
            return False
        self._calls[what] = self._calls.get(what, 0) + 1
        if self._calls[what] <= self._is.after:
            return False
        if not self._is.once:
            return True
        try:
            Path(self._is.once).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True


if __name__ == "__main__":
    sys.exit(run_child(FakeDriver, sys.argv))
