"""The two ways to release, on a scripted library camera: the trigger first, a capture if there is none."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from photonic.drivers.gphoto2.camera import ObjectAdded
from photonic.drivers.gphoto2.trigger import Trigger
from photonic.errors import CameraError

if TYPE_CHECKING:
    from collections.abc import Generator


@dataclass
class Path:
    folder: str
    name: str


class LibraryCamera:
    """``codes``: what each trigger ends with; 0 is success. ``said``: the context text."""

    def __init__(self, *codes: int, returned: Path | None = None) -> None:
        self.codes = list(codes)
        self.returned = returned or Path("/card", "IMG_1.JPG")
        self.said = "refused"

    def trigger_capture(self, _context: object) -> None:
        code = self.codes.pop(0)
        if code:
            raise CameraError(self.said, code=code)

    def capture(self) -> tuple[str, str]:
        return self.returned.folder, self.returned.name


class TriggerHarness:
    def __init__(self, camera: LibraryCamera) -> None:
        self.camera: Any = camera
        self.calls: list[tuple[str, float]] = []
        self.loses_photos = False
        self.trigger = Trigger(
            self._call,
            lambda camera, _context: camera.capture(),  # type: ignore[attr-defined]
            lambda: self.loses_photos,
        )

    @contextmanager
    def _call(self, name: str, limit_seconds: float) -> Generator[None]:
        self.calls.append((name, limit_seconds))
        yield

    def pull(self) -> ObjectAdded | None:
        context: Any = None
        self.trigger.pull(self.camera, context, 10.0)
        return self.trigger.returned()


def test_a_trigger_leaves_its_photos_to_the_events() -> None:
    harness = TriggerHarness(LibraryCamera(0, 0))
    assert [harness.pull(), harness.pull()] == [None, None]
    assert harness.calls == [("trigger", 10.0)] * 2


def test_a_library_without_a_trigger_is_asked_once_and_captures_from_then_on() -> None:
    harness = TriggerHarness(LibraryCamera(-6))
    photo = ObjectAdded("/card", "IMG_1.JPG")
    assert [harness.pull(), harness.pull()] == [photo, photo]
    assert [name for name, _limit in harness.calls] == ["trigger", "capture", "capture"]
    assert harness.calls[1][1] > harness.calls[0][1], "it waits for the photo, too"
    assert harness.trigger.knows(photo)
    assert not harness.trigger.knows(ObjectAdded("/card", "IMG_1.CR3"))
    assert harness.trigger.returned() is None


def test_a_refusal_after_the_press_is_no_reason_for_a_second_photo() -> None:
    camera = LibraryCamera(-6)
    camera.said = "Canon EOS Full-Release failed (0x2005: PTP Operation Not Supported)"
    harness = TriggerHarness(camera)
    with pytest.raises(CameraError):
        harness.pull()
    assert [name for name, _limit in harness.calls] == ["trigger"]


def test_another_refusal_is_no_reason_to_try_another_way() -> None:
    harness = TriggerHarness(LibraryCamera(-1, 0))
    with pytest.raises(CameraError):
        harness.pull()
    harness.pull()
    assert [name for name, _limit in harness.calls] == ["trigger", "trigger"]


def test_a_capture_that_names_no_photo_leaves_it_to_the_events() -> None:
    harness = TriggerHarness(LibraryCamera(-6, returned=Path("", "")))
    assert harness.pull() is None


def test_a_library_that_may_lose_the_photo_of_a_trigger_captures() -> None:
    harness = TriggerHarness(LibraryCamera(0))
    harness.loses_photos = True
    assert harness.pull() == ObjectAdded("/card", "IMG_1.JPG")
    assert [name for name, _limit in harness.calls] == ["capture"]
