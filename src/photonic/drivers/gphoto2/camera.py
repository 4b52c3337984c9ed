"""The driver's interface to the camera, implemented by the adapter for libgphoto2 and by the tests' fake."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from photonic.errors import CameraError, FailureKind
from photonic.worker.serials import same_serial

if TYPE_CHECKING:
    from collections.abc import Callable

CONFIG_SECONDS = 12.0
"""How long reading or setting one value may take: up to six answers, and PTP/IP waits up to 2.5 s for each."""

TREE_SECONDS = 20.0
"""How long reading all settings may take; some cameras need a request for each."""


@dataclass(frozen=True, slots=True)
class BodyIdentity:
    """How the camera identifies itself.

    ``preview``: its listed abilities include live view. ``settings``: all settings, if the camera reports them all
    at once; empty if each is read separately. ``usb_port``: the kernel's name of the port that it is plugged into;
    ``None``: not on USB.
    """

    serial: str
    model: str
    manufacturer: str
    version: str
    preview: bool
    settings: tuple[Setting, ...] = ()
    usb_port: str | None = None

    def check_serial(self, expected: str | None) -> None:
        """Raises ``CameraError`` if it is another camera than the ``expected`` one; ``None``: any camera is."""
        if expected is not None and not same_serial(expected, self.serial):
            raise CameraError(
                f"found a different camera: serial number {self.serial} instead of {expected};"
                " connect the right one, or change the configured camera",
                kind=FailureKind.CAMERA_ABSENT,
            )


class SettingKind(StrEnum):
    """What an entry accepts: one of its choices, a number, 0 or 1, text, or seconds since 1970."""

    CHOICE = "choice"
    RANGE = "range"
    TOGGLE = "toggle"
    TEXT = "text"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Setting:
    """One entry of the camera's configuration.

    ``value`` is always text; that of a toggle is ``0``, ``1``, or ``2`` if the camera does not report it.
    ``choices`` is empty for all kinds except CHOICE; ``writable`` is false if a dial or the mode determines the value.
    ``limits``: a range's minimum, maximum and step. ``path`` and ``label`` are the library's, and may be empty.
    """

    name: str
    value: str
    choices: tuple[str, ...] = ()
    writable: bool = True
    kind: SettingKind = SettingKind.TEXT
    limits: tuple[float, float, float] | None = None
    path: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Storage:
    """One card: ``folder`` is the library's name of its root; ``str`` identifies it as well as the camera allows."""

    folder: str
    label: str
    capacity_kilobytes: int
    free_kilobytes: int = 0

    def __str__(self) -> str:
        return f"{self.folder.strip('/')} {self.label} {self.capacity_kilobytes} kB"


@dataclass(frozen=True, slots=True)
class Details:
    """An object's size in bytes and its time by the camera's clock in seconds; ``None`` if not reported."""

    size_bytes: int | None = None
    taken_at: int | None = None


@dataclass(frozen=True, slots=True)
class ObjectAdded:
    """A photo has arrived: on the card, or (folder ``/``) from the camera's RAM into this process."""

    folder: str
    name: str

    @property
    def in_memory(self) -> bool:
        """Whether this process holds the only copy: the library names objects from RAM ``/capt…`` itself."""
        return self.folder == "/" and self.name.startswith("capt")


@dataclass(frozen=True, slots=True)
class ShotDone:
    """The camera is ready again after a shot."""


@dataclass(frozen=True, slots=True)
class OtherEvent:
    """Anything else that the camera reports: a changed property, a focus result, a new folder."""

    text: str


@dataclass(frozen=True, slots=True)
class Quiet:
    """Nothing arrived within the wait."""


CameraEvent = ObjectAdded | ShotDone | OtherEvent | Quiet


class GphotoCamera(Protocol):
    """One open camera. Every method may raise ``CameraError``; times are in seconds.

    ``limit_seconds``: after this time the parent may kill the process.
    """

    @property
    def connected(self) -> bool:
        """Whether the connection is still usable; after a PTP/IP time-out it is not."""
        ...

    def identity(self) -> BodyIdentity:
        """How the camera identifies itself."""
        ...

    def preview(self, limit_seconds: float) -> bytes:
        """One live view frame as the camera sent it: whole, cut or empty."""
        ...

    def trigger(self, limit_seconds: float) -> None:
        """Focus and release; the photo is reported as an event. The limit includes its exposure."""
        ...

    def prepare(self) -> bool:
        """Prepare the camera for captures again; ``False`` if this camera has no such operation."""
        ...

    def next_event(self, wait_seconds: float, transfer_seconds: float = 0.0) -> CameraEvent:
        """The next event within ``wait_seconds``; an object from RAM takes ``transfer_seconds`` more."""
        ...

    def read(self, name: str) -> Setting | None:
        """The setting of that name; ``None`` if this camera has none."""
        ...

    def tree(self) -> tuple[Setting, ...]:
        """Every setting, in the library's order."""
        ...

    def names(self) -> tuple[str, ...]:
        """The names of all settings, without reading their values."""
        ...

    def write(self, name: str, value: str | int, limit_seconds: float = CONFIG_SECONDS) -> None:
        """Set a value: a toggle accepts 0 or 1, a range a number."""
        ...

    def has_storage(self) -> bool:
        """Whether there is a card."""
        ...

    def storages(self) -> tuple[Storage, ...]:
        """The inserted cards; none if the camera does not report them."""
        ...

    def folders(self, folder: str) -> tuple[str, ...]:
        """The names of the folders in a folder, as they were when it was first listed."""
        ...

    def files(self, folder: str) -> tuple[str, ...]:
        """The names of the files in a folder, as they were when it was first listed."""
        ...

    def details(self, folder: str, name: str) -> Details:
        """The object's size and time, as the camera reports them."""
        ...

    def fetch(self, folder: str, name: str, take: Callable[[memoryview], object], limit_seconds: float) -> None:
        """Pass each block of the object to ``take`` as it comes; the block is valid during that call only.

        Raises what ``take`` raises, after the transfer.
        """
        ...

    def read_part(self, folder: str, name: str, offset: int, size_bytes: int, limit_seconds: float) -> bytes:
        """A part of the object, shorter at its end. Raises NOT_SUPPORTED if the camera cannot send parts."""
        ...

    def forget(self, folder: str, name: str) -> None:
        """Delete an object, from this process (one from RAM) or from the card."""
        ...

    def close(self) -> None:
        """Close the connection if it still works; never raises ``CameraError``."""
        ...
