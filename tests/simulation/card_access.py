"""What the simulated library knows of the files in a body: on its cards, as first listed, and in its own memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.body import storage_folder

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.camera import Details, ObjectAdded, Storage

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulation.body import CameraBody, Report
    from tests.simulation.card import KeptFile, MemoryCard

MEMORY = "/"
"""The folder of what the library has taken out of the camera's RAM."""


class CardAccess:
    """The files of one open camera. ``clock`` is simulated seconds."""

    def __init__(self, body: CameraBody, clock: Callable[[], float]) -> None:
        self._body = body
        self._clock = clock
        self._in_memory: dict[str, Report] = {}
        self._listed: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
        self._taken_over = 0

    def take_over(self, report: Report) -> ObjectAdded:
        """Take a file out of the camera's RAM, and name it as the library does."""
        assert report.name is not None
        name = f"capt{self._taken_over:04d}.{report.name.rpartition('.')[2].lower()}"
        self._taken_over += 1
        self._in_memory[name] = report
        self._body.taken_over(report)
        return ObjectAdded(MEMORY, name)

    def storages(self) -> tuple[Storage, ...]:
        """The cards in the body."""
        self._body.advance()
        return tuple(
            Storage(storage_folder(slot), card.label, card.capacity_bytes // 1024, card.free_bytes // 1024)
            for slot, card in enumerate(self._body.cards)
            if card is not None
        )

    def below(self, folder: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The folders and files of a folder when it was first listed; the library does not ask again."""
        if folder not in self._listed:
            card, path = self._place(folder)
            self._listed[folder] = ((), ()) if card is None else card.below(path)
        return self._listed[folder]

    def details(self, folder: str, name: str) -> Details:
        """The size and the time of a file; unknown if it is not there."""
        if (report := self._report(folder, name)) is not None:
            # The library gives it the time at which it was fetched (2.5.34 ``library.c``).
            return Details(len(report.content or b""), int(self._clock()))
        file = self._kept(folder, name)
        return Details() if file is None else Details(len(file.content), file.taken_at)

    def content(self, folder: str, name: str) -> bytes:
        """The bytes of a file. Raises ``CameraError``."""
        if (report := self._report(folder, name)) is not None:
            return report.content or b""
        file = self._kept(folder, name)
        if file is None:
            raise faults.classify(-108, (), "file_get")
        return file.content

    def fetched(self, folder: str, name: str) -> None:
        """All its bytes were written to a file of this computer."""
        if (report := self._report(folder, name)) is not None:
            self._body.fetched(report)

    def forget(self, folder: str, name: str) -> None:
        """Delete a file, from the library's memory or from the card. Raises ``CameraError``."""
        if self._in_memory.pop(name, None) is not None and folder == MEMORY:
            return
        card, path = self._place(folder)
        if card is None or not card.remove(path, name):
            raise faults.classify(-108, (), "file_delete")

    def _report(self, folder: str, name: str) -> Report | None:
        return self._in_memory.get(name) if folder == MEMORY else None

    def _kept(self, folder: str, name: str) -> KeptFile | None:
        card, path = self._place(folder)
        return None if card is None else card.files.get((path, name))

    def _place(self, folder: str) -> tuple[MemoryCard | None, str]:
        """The card of a folder, and the folder on it."""
        self._body.advance()
        for slot, card in enumerate(self._body.cards):
            if f"{folder}/".startswith(f"{storage_folder(slot)}/"):
                return card, folder.removeprefix(storage_folder(slot)).strip("/")
        return None, folder
