"""What a run leaves besides its history: the camera's journal, the index, the files."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any, Self

from PIL import Image

from photonic.errors import ProtocolError
from photonic.model.frame import EOI
from photonic.model.jpeg import whole_jpeg
from photonic.service.files.second_root import MARKER
from photonic.simulator import pixels
from photonic.simulator.photo import preview_of_raw

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from photonic.model.api import CaptureRecord
    from soak.hook import Hooked

RAW_EXTENSION = ".cr2"
FILM_EXTENSION = ".MOV"
CLIENT = "client"
COMPUTER = "computer"
CAME_LATER = frozenset({"body", "reconciled"})
"""Kinds of records that are not requested captures: photos of the camera's button, and imports from the card."""

_TOO_OFTEN = frozenset({"frame", "fetched", "part", "written", "focused", "half_press", "garble", "unsupported"})
"""Entries that are left out of the time line."""

_OWN_FOLDERS = frozenset({".staging", ".photonic"})


@dataclass(frozen=True, slots=True)
class Exposure:
    """One shot in the camera's journal: its number, when it ended, who pressed (``client``, ``button``,
    ``computer``), its files; ``press``: with which press of the button, counted from 1 (``None``: with none)."""

    counter: int
    at: float
    source: str
    files: tuple[str, ...]
    press: int | None = None


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """Another entry of the journal, for the time line."""

    at: float
    event: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CameraJournal:
    """The journal that the simulated camera writes.

    ``on_card``: files by exposure and name that were written to a card, and not deleted from every one; ``in_ram``:
    those that only its RAM had; ``garbled``: those that it sent damaged, by the SHA-256 of what it sent. ``films`` are
    no stills, and stay where they are.
    """

    exposures: tuple[Exposure, ...] = ()
    on_card: frozenset[tuple[int, str]] = frozenset()
    in_ram: frozenset[tuple[int, str]] = frozenset()
    entries: tuple[JournalEntry, ...] = ()
    garbled: Mapping[str, tuple[int, str]] = field(default_factory=dict[str, tuple[int, str]])
    films: tuple[str, ...] = ()

    @classmethod
    def read(cls, lines: Iterable[str]) -> Self:
        """From the JSON lines that ``photonic simulate --log`` writes; a last line that is half written is left out."""
        reader = _Reader()
        for line in lines:
            try:
                entry: dict[str, Any] = json.loads(line)
            except json.JSONDecodeError:
                continue
            reader.take(entry.pop("at_us") / 1e6, entry.pop("event"), entry)
        return cls(
            tuple(reader.exposures),
            frozenset(reader.on_card.values()),
            frozenset(reader.in_ram),
            tuple(reader.entries),
            reader.garbled,
            tuple(reader.films),
        )


class _Reader:
    """Reads the journal entry by entry. Names repeat after ten thousand shots: each means its latest exposure."""

    def __init__(self) -> None:
        self.exposures: list[Exposure] = []
        self.entries: list[JournalEntry] = []
        self.on_card: dict[int, tuple[int, str]] = {}
        self.in_ram: set[tuple[int, str]] = set()
        self.garbled: dict[str, tuple[int, str]] = {}
        self.films: list[str] = []
        self._owner: dict[str, int] = {}
        self._presses = 0
        self._fetched: tuple[int, str] | None = None

    def take(self, at: float, event: str, entry: dict[str, Any]) -> None:
        """The next entry."""
        # What is sent damaged follows at once on what was fetched.
        fetched, self._fetched = self._fetched, None
        match event:
            case "pressed":
                self._presses += 1
            case "exposed":
                self._expose(at, entry)
            case "added":
                self._add(entry)
            case "deleted":
                self.on_card.pop(entry["handle"], None)
            case "fetched":
                self._fetched = self._file(entry["name"])
            case "garble" if fetched is not None:
                self.garbled[entry["sha256"]] = fetched
            case _:
                pass
        if event not in _TOO_OFTEN:
            self.entries.append(JournalEntry(at, event, {key: value for key, value in entry.items() if key != "n"}))

    def _expose(self, at: float, entry: dict[str, Any]) -> None:
        press = None if entry["source"] == COMPUTER else self._presses
        self.exposures.append(Exposure(entry["counter"], at, entry["source"], tuple(entry["files"]), press))
        self._owner |= dict.fromkeys(entry["files"], entry["counter"])

    def _add(self, entry: dict[str, Any]) -> None:
        if entry["name"].endswith(FILM_EXTENSION):
            self.films.append(entry["name"])
        elif entry["storage"]:
            self.on_card[entry["handle"]] = self._file(entry["name"])
        else:
            self.in_ram.add(self._file(entry["name"]))

    def _file(self, name: str) -> tuple[int, str]:
        return self._owner.get(name, 0), name


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in the photo root. ``counter``: the exposure whose stamp is in its pixels, ``None``: it cannot be read;
    ``whole``: it can be decoded to its end."""

    path: str
    size_bytes: int
    sha256: str
    counter: int | None
    whole: bool

    @property
    def is_raw(self) -> bool:
        """Whether it is a raw file."""
        return self.path.lower().endswith(RAW_EXTENSION)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read and check a file."""
        data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        try:
            if path.suffix.lower() == RAW_EXTENSION:
                counter, whole = pixels.read(preview_of_raw(data)).counter, data.endswith(EOI)
            else:
                with Image.open(BytesIO(data)) as picture:
                    picture.load()
                # Bytes behind its end are the camera's own.
                counter, whole = pixels.read(data).counter, whole_jpeg(data) is not None
        except (ProtocolError, OSError, ValueError, SyntaxError):
            counter, whole = None, False
        return cls(str(path), len(data), digest, counter, whole)


def files_below(root: Path) -> list[Stored]:
    """Every file of the photo root that is not the service's own."""
    paths = (
        path for path in root.rglob("*") if path.is_file() and not _OWN_FOLDERS & set(path.relative_to(root).parts)
    )
    return [Stored.read(path) for path in sorted(paths)]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that the checker looks at besides the history. ``index`` is complete; ``lasting``: processes and files
    of the system that are still there after its end, in words; ``hooked``: what the hook wrote (``None``: there was
    none); ``copies``: the files on the second disk, without their root in their paths (``None``: there was none);
    ``verified``: what ``photonic verify`` found at the end (``None``: nothing)."""

    journal: CameraJournal = field(default_factory=CameraJournal)
    index: Sequence[CaptureRecord] = ()
    files: Sequence[Stored] = ()
    lasting: Sequence[str] = ()
    hooked: Sequence[Hooked] | None = None
    copies: Mapping[str, str] | None = None
    verified: str | None = None


def hashes_below(root: Path | None) -> dict[str, str] | None:
    """The SHA-256 of each copy on the second disk, by its path there; ``None``: there is no second disk."""
    if root is None:
        return None
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and MARKER not in path.parts
    }
