"""What a run has left behind, beside its history: the camera's diary, the index, the files."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any, Self

from PIL import Image

from photonic.errors import ProtocolError
from photonic.simulator import pixels
from photonic.simulator.photo import preview_of_raw

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from photonic.model.api import CaptureRecord

RAW_EXTENSION = ".cr2"
_OWN_FOLDERS = frozenset({".staging", ".photonic"})


@dataclass(frozen=True, slots=True)
class Exposure:
    """One shot in the camera's diary: its number, when it ended, who pressed (``client`` or ``body``), its files."""

    counter: int
    at: float
    source: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Word:
    """Another entry of the diary, for the time line."""

    at: float
    event: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Diary:
    """The camera's own account. ``on_card``: files by exposure and name that were written to the card and not deleted;
    ``in_ram``: those that only its RAM had."""

    exposures: tuple[Exposure, ...] = ()
    on_card: frozenset[tuple[int, str]] = frozenset()
    in_ram: frozenset[tuple[int, str]] = frozenset()
    words: tuple[Word, ...] = ()

    @classmethod
    def read(cls, lines: Iterable[str]) -> Self:
        """From the JSON lines that ``photonic simulate --log`` writes; a last line that is half written is left out."""
        exposures: list[Exposure] = []
        words: list[Word] = []
        on_card: set[tuple[int, str]] = set()
        in_ram: set[tuple[int, str]] = set()
        owner: dict[str, int] = {}
        for line in lines:
            try:
                entry: dict[str, Any] = json.loads(line)
            except json.JSONDecodeError:
                continue
            at, event = entry.pop("at_us") / 1e6, entry.pop("event")
            match event:
                case "exposed":
                    exposures.append(Exposure(entry["counter"], at, entry["source"], tuple(entry["files"])))
                    # Names repeat after ten thousand shots: a name is that of its latest exposure.
                    owner |= dict.fromkeys(entry["files"], entry["counter"])
                case "added":
                    (on_card if entry["storage"] else in_ram).add((owner.get(entry["name"], 0), entry["name"]))
                case "deleted":
                    on_card.discard((owner.get(entry["name"], 0), entry["name"]))
                case "frame" | "fetched" | "written" | "focused" | "half_press":
                    continue
                case _:
                    pass
            words.append(Word(at, event, {key: value for key, value in entry.items() if key != "n"}))
        return cls(tuple(exposures), frozenset(on_card), frozenset(in_ram), tuple(words))


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
        """Look at a file closely."""
        data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        try:
            if path.suffix.lower() == RAW_EXTENSION:
                counter, whole = pixels.read(preview_of_raw(data)).counter, data.endswith(b"\xff\xd9")
            else:
                with Image.open(BytesIO(data)) as picture:
                    picture.load()
                counter, whole = pixels.read(data).counter, data.endswith(b"\xff\xd9")
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
    of the system that are still there after its end, in words."""

    diary: Diary = field(default_factory=Diary)
    index: Sequence[CaptureRecord] = ()
    files: Sequence[Stored] = ()
    lasting: Sequence[str] = ()
