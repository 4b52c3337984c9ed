"""The camera as the driver sees it: a small role that the library's adapter and the tests' fake both play."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

CONFIG_SECONDS = 12.0
"""How long reading or setting one value may take: up to six answers, each of which PTP/IP waits 2.5 s for."""

TREE_SECONDS = 20.0
"""All of them: a Nikon is asked for each."""


@dataclass(frozen=True, slots=True)
class BodyIdentity:
    """Who the camera says it is; ``preview``: its abilities claim live view.

    ``settings``: all of them, where they cost the camera no more than one: an EOS tells them as events, and the library
    keeps what it was told. Empty: each is asked for by itself.
    """

    serial: str
    model: str
    manufacturer: str
    version: str
    preview: bool
    settings: tuple[Setting, ...] = ()


class SettingKind(StrEnum):
    """What can be written into an entry: one of its choices, a number, 0 or 1, text, seconds since 1970."""

    CHOICE = "choice"
    RANGE = "range"
    TOGGLE = "toggle"
    TEXT = "text"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Setting:
    """One entry of the camera's configuration.

    ``value`` is always text: a toggle's is ``0``, ``1``, or ``2`` where the camera does not say. ``choices`` is empty
    for all but choices; ``writable`` is false where a dial or the mode decides. ``limits``: a range's minimum, maximum
    and step. ``path`` and ``label`` are the library's; they may be empty.
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
    """One card: ``folder`` is the library's name of its root; ``str`` tells cards apart as far as the camera does."""

    folder: str
    label: str
    capacity_kilobytes: int
    free_kilobytes: int = 0

    def __str__(self) -> str:
        return f"{self.folder.strip('/')} {self.label} {self.capacity_kilobytes} kB"


@dataclass(frozen=True, slots=True)
class Details:
    """One object: its size in bytes and its time by the camera's clock, in seconds; ``None`` where it does not say."""

    size_bytes: int | None = None
    taken_at: int | None = None


@dataclass(frozen=True, slots=True)
class ObjectAdded:
    """A photo has come: on the card, or (folder ``/``) taken out of the camera's RAM into this process."""

    folder: str
    name: str

    @property
    def in_memory(self) -> bool:
        """Whether the only copy is this process's: the library names objects from RAM ``/capt…`` itself."""
        return self.folder == "/" and self.name.startswith("capt")


@dataclass(frozen=True, slots=True)
class ShotDone:
    """The camera is ready again after a shot."""


@dataclass(frozen=True, slots=True)
class Report:
    """Anything else that the camera tells: a changed property, a focus result, a new folder."""

    text: str


@dataclass(frozen=True, slots=True)
class Quiet:
    """Nothing came within the wait."""


CameraEvent = ObjectAdded | ShotDone | Report | Quiet


class GphotoCamera(Protocol):
    """One open camera. Every method may raise ``CameraError``; times are seconds."""

    @property
    def connected(self) -> bool:
        """Whether the session can still be used: no longer after a PTP/IP time-out, whatever comes later."""
        ...

    def identity(self) -> BodyIdentity:
        """Who it is."""
        ...

    def preview(self, limit_seconds: float) -> bytes:
        """One live-view picture as the camera gave it: whole, cut or empty."""
        ...

    def trigger(self, limit_seconds: float) -> None:
        """Focus and release; the photo comes as an event. ``limit_seconds`` is up to the end of its exposure."""
        ...

    def prepare(self) -> bool:
        """Prepare the camera for captures anew; ``False``: there is no such thing with this camera."""
        ...

    def next_event(self, wait_seconds: float, transfer_seconds: float = 0.0) -> CameraEvent:
        """The next event, waited for at most that long; an object from RAM takes ``transfer_seconds`` more."""
        ...

    def read(self, name: str) -> Setting | None:
        """The setting of that name, ``None`` where this camera has none."""
        ...

    def tree(self) -> tuple[Setting, ...]:
        """Every setting, in the library's order."""
        ...

    def names(self) -> tuple[str, ...]:
        """The names of all settings, without asking for their values."""
        ...

    def write(self, name: str, value: str | int, limit_seconds: float = CONFIG_SECONDS) -> None:
        """Set it; a toggle takes 0 or 1, a range a number."""
        ...

    def has_storage(self) -> bool:
        """Whether there is a card."""
        ...

    def storages(self) -> tuple[Storage, ...]:
        """The cards that are in; none where the camera has none, or does not say."""
        ...

    def folders(self, folder: str) -> tuple[str, ...]:
        """The names of the folders in a folder, as of the first time that it was listed."""
        ...

    def files(self, folder: str) -> tuple[str, ...]:
        """The names of the files in a folder, as of the first time that it was listed."""
        ...

    def details(self, folder: str, name: str) -> Details:
        """The object's size and time by the camera's word."""
        ...

    def fetch(self, folder: str, name: str, descriptor: int, limit_seconds: float) -> None:
        """Write the object to an open file, which stays open; success does not mean that the bytes are there."""
        ...

    def read_part(self, folder: str, name: str, offset: int, size_bytes: int, limit_seconds: float) -> bytes:
        """So many bytes of the object from ``offset`` on, fewer at its end; NOT_SUPPORTED where it gives no parts."""
        ...

    def forget(self, folder: str, name: str) -> None:
        """Let go of an object that came from RAM; nothing on a card is deleted."""
        ...

    def close(self) -> None:
        """Leave the camera in order where the connection is still good; never raises ``CameraError``."""
        ...
