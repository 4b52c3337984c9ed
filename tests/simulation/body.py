"""The camera's body: it exposes, writes to its cards or keeps in its RAM, and outlives every process and service.

The body knows the truth of each exposure, which the judge compares with what the service says. What it does later (it
writes a photo after the exposure, and reports it after that) is due at a time, and done when anybody next looks.
"""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tests.simulation import photos
from tests.simulation.card import FOLDER_FILES, KeptFile, MemoryCard

from photonic.drivers.gphoto2.camera import Setting, SettingKind

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping

    from tests.simulation.disturbances import Disturbances

EPOCH = 1_767_225_600
"""The camera's clock at simulated time 0 when it is set right: 2026-01-01."""

CARD_TARGET, RAM_TARGET = "Memory card", "Internal RAM"
JPEG_ONLY, RAW_AND_JPEG = "Large Fine JPEG", "RAW + Large Fine JPEG"
PHOTO_BYTES = (1500, 6000)
RAW_BYTES = (4000, 9000)
FILM_BYTES = (20_000, 90_000)
WRITING_SECONDS = (0.15, 0.5)
"""From the exposure until its files are written."""


@dataclass
class TrueExposure:
    """What was exposed, whatever became of it.

    ``number``: counts this body's exposures from 1. ``at``: simulated seconds. ``asked_by``: the capture; ``None``: the
    finger on the button. ``files``: the contents by the names on the camera. ``lost``: why the camera has no copy that
    a computer could still get (its RAM was cleared, the card was taken out), if so; ``fetched``: the files of it
    that were in the RAM and are in a computer's file as a whole.
    """

    number: int
    at: float
    asked_by: str | None
    files: Mapping[str, bytes]
    film: bool = False
    in_ram: bool = False
    lost: str | None = None
    fetched: set[str] = field(default_factory=set[str])


@dataclass(frozen=True, slots=True)
class Report:
    """What the body says to the computer it is connected to: a file on a card, one in its RAM, or that it is ready.

    ``folder``: with the storage. ``content``: of a file in RAM only.
    """

    name: str | None = None
    folder: str | None = None
    content: bytes | None = None
    exposure: int = 0


@dataclass
class BodySession:
    """One connection to a computer; ``heard``: what was reported and not fetched yet."""

    heard: deque[Report] = field(default_factory=deque[Report])


class CameraBody:
    """One body. ``clock`` is simulated seconds; ``draw`` decides sizes and times.

    ``reachable``: it is plugged in and switched on. ``report_seconds``: how late it reports what it takes now;
    ``silent``: it does not report it at all. ``stuck_until``: it refuses connections until then.
    ``copies_to_second``: each photo is written to a second card, too.
    """

    def __init__(
        self,
        serial: str,
        draw: random.Random,
        clock: Callable[[], float],
        *,
        disturbances: Disturbances,
        cards: tuple[MemoryCard | None, ...] = (),
        clock_error_seconds: float = 0.0,
    ) -> None:
        self.serial = serial
        self.disturbances = disturbances
        self.cards = list(cards)
        self.exposures: list[TrueExposure] = []
        self.reachable = True
        self.report_seconds = 0.0
        self.silent = False
        self.stuck_until = 0.0
        self.copies_to_second = False
        self.clock_error_seconds = clock_error_seconds
        self.session: BodySession | None = None
        self.settings = dict(_SETTINGS)
        self._draw = draw
        self._clock = clock
        self._busy_until = 0.0
        self._file_number = 0
        self._order = 0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._by_content: dict[bytes, TrueExposure] = {}

    def exposure_of(self, content: bytes) -> TrueExposure | None:
        """The exposure that this is a file of, byte by byte."""
        return self._by_content.get(hashlib.blake2b(content, digest_size=16).digest())

    @property
    def busy(self) -> bool:
        """Whether it is exposing or writing, and answers no other request to expose."""
        return self._clock() < self._busy_until

    @property
    def card(self) -> MemoryCard | None:
        """The card that photos go to; ``None``: there is none."""
        return next((card for card in self.cards if card is not None), None)

    @property
    def full(self) -> bool:
        """Whether there is no room for another photo where photos go."""
        if self.in_ram:
            return False
        need = PHOTO_BYTES[1] + 4096 + (RAW_BYTES[1] + 2048 if self._raw else 0)
        return self.card is None or self.card.free_bytes < need

    @property
    def in_ram(self) -> bool:
        """Whether photos go to the RAM, for the computer to fetch: only while one is connected."""
        return self.session is not None and self.settings["capturetarget"].value == RAM_TARGET

    @property
    def next_due(self) -> float | None:
        """When it next does something by itself."""
        return min((at for at, _order, _action in self._due), default=None)

    def connect(self) -> BodySession:
        """A computer connects; one that was connected before, and did not say goodbye, hears no more."""
        self.disconnect()
        self.session = BodySession()
        return self.session

    def disconnect(self) -> None:
        """The connection has ended: what waited in the RAM is gone."""
        self.advance()
        if self.session is not None:
            self.discard_reports()
        self.session = None
        self.settings["viewfinder"] = replace(self.settings["viewfinder"], value="0")

    def discard_reports(self) -> None:
        """What was not fetched yet is not reported again, as the library does with each release."""
        assert self.session is not None
        for report in self.session.heard:
            if report.content is not None:
                self.exposures[report.exposure - 1].lost = "it was in the camera's RAM, and nothing fetched it"
        self.session.heard.clear()

    def press(self, asked_by: str | None = None) -> TrueExposure | None:
        """Expose now; ``None``: it is busy, or has no room."""
        self.advance()
        if self.busy or self.full:
            return None
        now = self._clock()
        writing = self._draw.uniform(*WRITING_SECONDS)
        self._busy_until = now + writing
        stem, folder = self._next_name("IMG")
        taken = self._taken(now)
        number = len(self.exposures) + 1
        text = f"{self.serial} exposure {number}"
        files = {f"{stem}.JPG": photos.picture(text, taken, self._draw.randint(*PHOTO_BYTES))}
        if self._raw:
            files = {f"{stem}.CR2": photos.raw(text, taken, self._draw.randint(*RAW_BYTES)), **files}
        exposure = self._record(TrueExposure(number, now, asked_by, files, in_ram=self.in_ram))
        late = None if self.silent else self.report_seconds
        keep = self._keep_in_ram if exposure.in_ram else self._write
        self._later(now + writing, lambda: keep(exposure, folder, late))
        return exposure

    def take_film(self) -> TrueExposure | None:
        """Take a film with the body's own button, and write it now; ``None``: it is busy, or there is no room."""
        self.advance()
        size = self._draw.randint(*FILM_BYTES)
        if self.busy or self.card is None or self.card.free_bytes < size + 4096:
            return None
        stem, folder = self._next_name("MVI")
        number = len(self.exposures) + 1
        content = photos.film(f"{self.serial} film {number}", size, self._draw)
        exposure = self._record(TrueExposure(number, self._clock(), None, {f"{stem}.MP4": content}, film=True))
        self._write(exposure, folder, self.report_seconds)
        return exposure

    def change_card(self, slot: int, card: MemoryCard | None) -> MemoryCard | None:
        """Put another card, or none, into a slot; returns the one that was there."""
        self.advance()
        taken_out, self.cards[slot] = self.cards[slot], card
        return taken_out

    def erase(self, folder: str, name: str) -> None:
        """Delete a file; ``folder`` begins with the storage."""
        for slot, card in enumerate(self.cards):
            if card is not None and folder.startswith(f"{storage_folder(slot)}/"):
                card.files.pop((folder.removeprefix(storage_folder(slot)).strip("/"), name), None)

    def taken_over(self, report: Report) -> None:
        """The library has taken a file out of the RAM; until it is in a file, only the process has it."""
        self.exposures[report.exposure - 1].lost = "it was in the memory of the camera process"

    def fetched(self, report: Report) -> None:
        """The file that the library has taken out of the RAM is in a file as a whole."""
        exposure = self.exposures[report.exposure - 1]
        exposure.lost = None
        exposure.fetched.add(report.name or "")

    def restart_numbers(self) -> None:
        """Count files from 1 again, as a body does that is set so when it gets an empty card."""
        self._file_number = 0

    def advance(self) -> None:
        """Do what has become due."""
        while self._due and min(self._due)[0] <= self._clock():
            first = min(self._due)
            self._due.remove(first)
            first[2]()

    def finish(self) -> None:
        """Do everything that is still to be done, whenever it is due."""
        while self._due:
            first = min(self._due)
            self._due.remove(first)
            first[2]()

    @property
    def _raw(self) -> bool:
        return self.settings["imageformat"].value == RAW_AND_JPEG

    def _taken(self, now: float) -> float:
        return EPOCH + now + self.clock_error_seconds

    def _record(self, exposure: TrueExposure) -> TrueExposure:
        self.exposures.append(exposure)
        for content in exposure.files.values():
            self._by_content[hashlib.blake2b(content, digest_size=16).digest()] = exposure
        return exposure

    def _next_name(self, prefix: str) -> tuple[str, str]:
        """The next stem that no file in the body has, and its folder on the card."""
        used = set[str]().union(*(card.names() for card in self.cards if card is not None))
        while True:
            self._file_number = self._file_number % 9999 + 1
            stem = f"{prefix}_{self._file_number:04d}"
            if not {f"IMG_{self._file_number:04d}", f"MVI_{self._file_number:04d}"} & used:
                return stem, f"DCIM/{100 + (self._file_number - 1) // FOLDER_FILES}CANON"

    def _later(self, at: float, action: Callable[[], None]) -> None:
        self._order += 1
        self._due.append((at, self._order, action))

    def _write(self, exposure: TrueExposure, folder: str, late_seconds: float | None) -> None:
        """Write an exposure to the card, and the same to a second one if the body is set so."""
        slots = [slot for slot, card in enumerate(self.cards) if card is not None]
        if not slots:
            exposure.lost = "the card was taken out before it was written"
            return
        taken_at = int(self._taken(exposure.at))
        for slot in slots if self.copies_to_second else slots[:1]:
            card = self.cards[slot]
            assert card is not None
            for name, content in exposure.files.items():
                card.files[folder, name] = KeptFile(content, taken_at, exposure.number)
        where = f"{storage_folder(slots[0])}/{folder}"
        reports = [Report(name, where, exposure=exposure.number) for name in exposure.files]
        self._report(reports, late_seconds)

    def _keep_in_ram(self, exposure: TrueExposure, _folder: str, late_seconds: float | None) -> None:
        reports = [Report(name, None, content, exposure.number) for name, content in exposure.files.items()]
        if self.session is None:
            exposure.lost = "it was in the camera's RAM when the connection ended"
            return
        self._report(reports, late_seconds)

    def _report(self, reports: list[Report], late_seconds: float | None) -> None:
        session = self.session
        if late_seconds is None:
            return

        def report() -> None:
            if session is not None and session is self.session:
                session.heard.extend((*reports, Report()))
            else:
                for one in reports:
                    if one.content is not None:
                        self.exposures[one.exposure - 1].lost = "it was in the camera's RAM when the connection ended"

        if late_seconds:
            self._later(self._clock() + late_seconds, report)
        else:
            report()


def storage_folder(slot: int) -> str:
    """The library's name for the root of the card in this slot."""
    return f"/store_{slot + 1:04d}0001"


def _choice(name: str, value: str, *choices: str) -> Setting:
    return Setting(name, value, choices, kind=SettingKind.CHOICE, path=f"/main/{name}", label=name)


_SETTINGS: Mapping[str, Setting] = {
    setting.name: setting
    for setting in (
        Setting("viewfinder", "0", kind=SettingKind.TOGGLE, path="/main/actions/viewfinder", label="viewfinder"),
        _choice("iso", "100", "Auto", "100", "200", "400", "800"),
        _choice("shutterspeed", "1/125", "30", "1", "1/60", "1/125", "1/250"),
        _choice("aperture", "5.6", "4", "5.6", "8"),
        _choice("autoexposuremode", "Manual", "P", "TV", "AV", "Manual"),
        _choice("drivemode", "Single", "Single", "Continuous"),
        _choice("capturetarget", CARD_TARGET, RAM_TARGET, CARD_TARGET),
        _choice("imageformat", JPEG_ONLY, JPEG_ONLY, RAW_AND_JPEG),
        Setting("availableshots", "999", path="/main/status/availableshots", label="availableshots"),
        Setting("batterylevel", "75%", path="/main/status/batterylevel", label="batterylevel"),
    )
}
