"""A scripted camera, and an outbox that records messages: virtual time, no library."""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from photonic.drivers.gphoto2.camera import (
    CONFIG_SECONDS,
    BodyIdentity,
    CameraEvent,
    Details,
    ObjectAdded,
    Quiet,
    Setting,
    ShotDone,
    Storage,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from photonic.errors import CameraError
    from photonic.worker.link.messages import Event

M = TypeVar("M")
JPEG = b"\xff\xd8picture\xff\xd9"


class VirtualTime:
    """Seconds that pass only while someone waits."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.now += seconds


class KeptOutbox:
    """Keeps messages and the names of announced calls."""

    def __init__(self) -> None:
        self.sent: list[Event] = []
        self.calls: list[str] = []
        self.frames: list[tuple[int, bytes]] = []

    def send(self, message: Event) -> None:
        self.sent.append(message)

    def frame(self, captured_us: int, jpeg: bytes) -> None:
        self.frames.append((captured_us, jpeg))

    @contextmanager
    def calling(self, call: str, limit_seconds: float) -> Generator[None]:
        self.calls.append(call)
        yield

    def of(self, kind: type[M]) -> list[M]:
        return [message for message in self.sent if isinstance(message, kind)]


class ScriptedCamera:
    """Plays the role ``Camera``: settings in a dict, events and answers from queues.

    ``shots`` holds for each trigger the events that follow it, or the error that it raises. ``written`` is the log of
    writes; ``refuse`` maps setting names to the errors that the next writes raise, ``unknown`` the names of files to
    the errors with which they are not found.
    """

    def __init__(self, time: VirtualTime) -> None:
        self.time = time
        self.connected = True
        self.settings: dict[str, Setting] = {
            "viewfinder": Setting("viewfinder", "0"),
            "iso": Setting("iso", "100", ("Auto", "100", "200", "400", "800")),
            "shutterspeed": Setting("shutterspeed", "1/125", ("bulb", "30", "1", "0.5", "1/60", "1/125", "1/250")),
            "aperture": Setting("aperture", "5.6", ("4", "5.6", "8")),
            "autoexposuremode": Setting("autoexposuremode", "Manual", ("P", "TV", "AV", "Manual", "Bulb")),
            "capturetarget": Setting("capturetarget", "Internal RAM", ("Internal RAM", "Memory card")),
            "imageformat": Setting("imageformat", "Large Fine JPEG", ("Large Fine JPEG", "RAW + Large Fine JPEG")),
            "availableshots": Setting("availableshots", "999"),
            "batterylevel": Setting("batterylevel", "75%"),
        }
        self.storage = True
        self.label = "EOS"
        self.free_kilobytes = 0
        self.events: deque[CameraEvent | CameraError] = deque()
        self.shots: deque[list[CameraEvent | CameraError] | CameraError] = deque()
        self.frames: deque[bytes | CameraError] = deque()
        self.contents: dict[str, bytes] = {}
        self.sizes: dict[str, int | None] = {}
        self.card: dict[str, Details] = {}
        self.written: list[tuple[str, str | int]] = []
        self.refuse: dict[str, CameraError] = {}
        self.on_write: dict[str, Callable[[str | int], None]] = {}
        self.limits: dict[tuple[str, str | int], float] = {}
        self.asked: list[str] = []
        self.unknown: dict[str, CameraError] = {}
        self.forgotten: list[str] = []
        self.parts_read: list[tuple[int, int]] = []
        self.parts_refusal: CameraError | None = None
        self.part_seconds = 0.04
        self.triggers = 0
        self.prepares = True
        self.closed = False
        self.happened: list[str] = []

    def identity(self) -> BodyIdentity:
        return BodyIdentity("0042", "Scripted EOS", "Nobody", "1.0", preview=True)

    def preview(self, limit_seconds: float) -> bytes:
        answer = self.frames.popleft() if self.frames else JPEG
        if isinstance(answer, Exception):
            raise answer
        return answer

    def trigger(self, limit_seconds: float) -> None:
        self.triggers += 1
        self.happened.append("trigger")
        script = self.shots.popleft() if self.shots else [ObjectAdded("/card", f"IMG_{self.triggers}.JPG"), ShotDone()]
        if isinstance(script, Exception):
            raise script
        self.events.extend(script)

    def prepare(self) -> bool:
        self.happened.append("prepare")
        return self.prepares

    def waited(self, seconds: float) -> None:
        """A hook that is called after a wait for events."""

    def next_event(self, wait_seconds: float, transfer_seconds: float = 0.0) -> CameraEvent:
        self.waited(wait_seconds)
        if not self.events:
            self.time.pause(wait_seconds)
            return Quiet()
        event = self.events.popleft()
        if isinstance(event, Exception):
            raise event
        return event

    def read(self, name: str) -> Setting | None:
        self.asked.append(name)
        return self.settings.get(name)

    def tree(self) -> tuple[Setting, ...]:
        return tuple(replace(setting, path=f"/main/{name}", label=name) for name, setting in self.settings.items())

    def names(self) -> tuple[str, ...]:
        return tuple(self.settings)

    def write(self, name: str, value: str | int, limit_seconds: float = CONFIG_SECONDS) -> None:
        if name in self.refuse:
            raise self.refuse[name]
        self.limits[name, value] = limit_seconds
        self.written.append((name, value))
        self.happened.append(f"{name}={value}")
        old = self.settings[name]
        self.settings[name] = replace(old, value=str(value))
        if name in self.on_write:
            self.on_write[name](value)

    def has_storage(self) -> bool:
        return self.storage

    def storages(self) -> tuple[Storage, ...]:
        return (Storage("/store_1", self.label, 1000, self.free_kilobytes),) if self.storage else ()

    def folders(self, folder: str) -> tuple[str, ...]:
        below = f"{folder.rstrip('/')}/"
        inside = (path.removeprefix(below) for path in self.card if path.startswith(below))
        return tuple(dict.fromkeys(rest.split("/")[0] for rest in inside if "/" in rest))

    def files(self, folder: str) -> tuple[str, ...]:
        return tuple(path.rpartition("/")[2] for path in self.card if path.rpartition("/")[0] == folder)

    def details(self, folder: str, name: str) -> Details:
        if name in self.sizes:
            return Details(self.sizes[name], None)
        return self.card.get(f"{folder}/{name}") or Details(len(self._content(name)), None)

    def fetch(self, folder: str, name: str, take: Callable[[memoryview], object], limit_seconds: float) -> None:
        self.happened.append(f"fetch {name}")
        if name in self.unknown:
            raise self.unknown[name]
        take(memoryview(self._content(name)))

    def read_part(self, folder: str, name: str, offset: int, size_bytes: int, limit_seconds: float) -> bytes:
        if self.parts_refusal is not None:
            raise self.parts_refusal
        self.parts_read.append((offset, size_bytes))
        self.time.pause(self.part_seconds)
        return self._content(name)[offset : offset + size_bytes]

    def forget(self, folder: str, name: str) -> None:
        self.forgotten.append(name)

    def close(self) -> None:
        self.closed = True

    def _content(self, name: str) -> bytes:
        return self.contents.get(name, JPEG)
