"""The camera's body: it exposes, writes to its cards or keeps in its RAM, and outlives every process and service.

What the body does later (it writes a photo after the exposure, and reports it after that) is due at a time, and done
when anybody next looks.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from tests.simulation import photos, truth
from tests.simulation.body_settings import RAM_TARGET, RAW_AND_JPEG, SETTINGS
from tests.simulation.card import CLUSTER_BYTES, FOLDER_FILES, KeptFile, MemoryCard

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from tests.simulation.disturbances import Disturbances
    from tests.simulation.truth import TrueExposure

    from photonic.drivers.gphoto2.camera import Setting

EPOCH = 1_767_225_600
"""The camera's clock at simulated time 0 when it is set right: 2026-01-01."""

PHOTO_BYTES = (1500, 6000)
RAW_BYTES = (4000, 9000)
LARGE_PHOTO_BYTES = (20_000, 60_000)
"""Of one photo in ``LARGE_EACH``: a loss of power can leave its beginning and its end, and nothing between them."""
LARGE_EACH = 5
FILM_BYTES = (20_000, 90_000)
EXTRA_BYTES = 2048
"""More than the Exif and the text of a photo have."""

SHOT_BEGINS = "Camera Status 1"
"""As the library calls what an EOS reports when its shutter is released, by whoever."""

WRITING_SECONDS = (0.15, 0.5)
"""From the exposure until its files are written."""


@dataclass(frozen=True, slots=True)
class Report:
    """What the body says to the computer it is connected to.

    ``text``: that something has begun or changed. ``name``: a file, on a card or in its RAM. Neither: that a shot is
    over. ``folder``: with the storage. ``content``: of a file in RAM only.
    """

    text: str | None = None
    name: str | None = None
    folder: str | None = None
    content: bytes | None = None
    exposure: int = 0


@dataclass
class BodySession:
    """One connection to a computer; ``reports``: what the body said and nobody has heard yet."""

    reports: deque[Report] = field(default_factory=deque[Report])


class CameraBody:
    """One body. ``clock`` is simulated seconds; ``draw`` decides sizes and times.

    ``reachable``: it is plugged in and switched on. ``stuck_until``: it refuses connections until then.
    ``report_seconds``: how late it reports what it takes from now on; ``None``: not at all. ``copies_to_second``: each
    photo is written to a second card, too. ``clock_error_seconds``: how far its clock is ahead.
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
        self.truth = truth.ExposureTruth()
        self.settings = dict(SETTINGS)
        self.session: BodySession | None = None
        self.reachable = True
        self.stuck_until = 0.0
        self.report_seconds: float | None = 0.0
        self.copies_to_second = False
        self.clock_error_seconds = clock_error_seconds
        self._draw = draw
        self._clock = clock
        self._busy_until = 0.0
        self._reported_at = 0.0
        self._file_number = 0
        self._order = 0
        self._due: list[tuple[float, int, Callable[[], None]]] = []

    @property
    def busy(self) -> bool:
        """Whether it is exposing or writing, and answers no other request to expose."""
        return self._clock() < self._busy_until

    @property
    def in_ram(self) -> bool:
        """Whether photos go to the RAM, for the computer to fetch: only while one is connected."""
        return self.session is not None and self.settings["capturetarget"].value == RAM_TARGET

    @property
    def slot(self) -> int | None:
        """The slot of the card that photos go to: the first with room for one; ``None``: there is none."""
        need = (LARGE_PHOTO_BYTES[1] + EXTRA_BYTES + CLUSTER_BYTES) * (2 if self._raw else 1)
        return next((slot for slot, card in enumerate(self.cards) if card and card.free_bytes >= need), None)

    @property
    def full(self) -> bool:
        """Whether there is no room for another photo where photos go."""
        return not self.in_ram and self.slot is None

    @property
    def next_due(self) -> float | None:
        """When it next does something by itself."""
        return self._due[0][0] if self._due else None

    def connect(self) -> BodySession:
        """A computer connects; an earlier connection hears no more."""
        self.disconnect()
        self.session = BodySession()
        return self.session

    def disconnect(self) -> None:
        """The connection has ended: what waited in the RAM is gone."""
        self.advance()
        self._reported_at = 0.0
        if self.session is not None:
            self._drop(self.session.reports, truth.IN_RAM_AT_THE_END)
        self.session = None
        self.settings["viewfinder"] = replace(self.settings["viewfinder"], value="0")

    def unplug(self) -> None:
        """Take the cable out, or switch the camera off."""
        self.reachable = False
        self.disconnect()

    def plug_in(self) -> None:
        """Put the cable in, and switch the camera on."""
        self.reachable = True
        self.stuck_until = 0.0

    def discard_reports(self) -> None:
        """What nobody has heard is not said again, as the library does with each release."""
        self.advance()
        if self.session is not None:
            self._drop(self.session.reports, truth.NEVER_REPORTED)

    def press(self, asked_by: str | None = None) -> TrueExposure | None:
        """Expose now; ``None``: it is busy, or has no room."""
        self.advance()
        if self.busy or self.full:
            return None
        now, number = self._clock(), self.truth.next_number
        self._busy_until = now + self._draw.uniform(*WRITING_SECONDS)
        stem, folder = self._next_name("IMG")
        taken, text = self._taken(now), f"{self.serial} exposure {number}"
        large = self._draw.randrange(LARGE_EACH) == 0
        sizes = [self._draw.randint(*(LARGE_PHOTO_BYTES if large else usual)) for usual in (PHOTO_BYTES, RAW_BYTES)]
        files = {f"{stem}.CR2": photos.raw(text, taken, sizes[1])} if self._raw else {}
        files[f"{stem}.JPG"] = photos.picture(text, taken, sizes[0])
        exposure = self.truth.record(truth.TrueExposure(number, now, asked_by, files, in_ram=self.in_ram))
        if self.session is not None:
            self.session.reports.append(Report(text=SHOT_BEGINS))
        late, keep = self.report_seconds, self._keep_in_ram if exposure.in_ram else self._write
        self._later(self._busy_until, lambda: keep(exposure, folder, late))
        return exposure

    def take_film(self) -> TrueExposure | None:
        """Take a film with the body's own button, and write it now; ``None``: it is busy, or there is no room."""
        self.advance()
        size = self._draw.randint(*FILM_BYTES)
        slot = self.slot
        card = None if slot is None else self.cards[slot]
        if self.busy or card is None or card.free_bytes < size + EXTRA_BYTES:
            return None
        stem, folder = self._next_name("MVI")
        number = self.truth.next_number
        content = photos.film(f"{self.serial} film {number}", size, self._draw)
        film = truth.TrueExposure(number, self._clock(), None, {f"{stem}.MP4": content}, film=True)
        self._write(self.truth.record(film), folder, self.report_seconds)
        return film

    def setting(self, name: str) -> Setting | None:
        """The setting of that name; ``None``: it has none."""
        setting = self.settings.get(name)
        if setting is None or name != "availableshots":
            return setting
        card = None if self.slot is None else self.cards[self.slot]
        return replace(setting, value=str(0 if card is None else card.free_bytes // PHOTO_BYTES[1]))

    def change_card(self, slot: int, card: MemoryCard | None) -> MemoryCard | None:
        """Put another card, or none, into a slot; returns the one that was there."""
        self.advance()
        taken_out, self.cards[slot] = self.cards[slot], card
        return taken_out

    def restart_numbers(self) -> None:
        """Count files from 1 again, as a body may do when it gets an empty card."""
        self._file_number = 0

    def taken_over(self, report: Report) -> None:
        """The library has taken a file out of the RAM; until it is in a file, only the process has it."""
        self.truth[report.exposure].lost = truth.IN_THE_PROCESS

    def fetched(self, report: Report) -> None:
        """The file that the library has taken out of the RAM is in a file as a whole."""
        exposure = self.truth[report.exposure]
        exposure.lost = None
        exposure.fetched.add(report.name or "")

    def advance(self) -> None:
        """Do what has become due."""
        while self._due and self._due[0][0] <= self._clock():
            heappop(self._due)[2]()

    def finish(self) -> None:
        """Do everything that is still to be done, whenever it is due."""
        while self._due:
            heappop(self._due)[2]()
        self._busy_until = 0.0

    @property
    def _raw(self) -> bool:
        return self.settings["imageformat"].value == RAW_AND_JPEG

    def _taken(self, now: float) -> float:
        return EPOCH + now + self.clock_error_seconds

    def _next_name(self, prefix: str) -> tuple[str, str]:
        """The next stem with a number that no file in the body has, and its folder on the card."""
        while True:
            self._file_number = self._file_number % 9999 + 1
            number = f"{self._file_number:04d}"
            if not any(card.has_number(number) for card in self.cards if card is not None):
                return f"{prefix}_{number}", f"DCIM/{100 + (self._file_number - 1) // FOLDER_FILES}CANON"

    def _later(self, at: float, action: Callable[[], None]) -> None:
        self._order += 1
        heappush(self._due, (at, self._order, action))

    def _write(self, exposure: TrueExposure, folder: str, late_seconds: float | None) -> None:
        """Write an exposure to the card, and the same to a second one if the body is set so."""
        slot = self.slot
        if slot is None:
            exposure.lost = truth.NO_CARD
            return
        taken_at = int(self._taken(exposure.at))
        for card in self.cards if self.copies_to_second else self.cards[slot : slot + 1]:
            if card is not None:
                for name, content in exposure.files.items():
                    card.put(folder, name, KeptFile(content, taken_at, exposure.number))
        where = f"{storage_folder(slot)}/{folder}"
        self._report([Report(None, name, where, exposure=exposure.number) for name in exposure.files], late_seconds)

    def _keep_in_ram(self, exposure: TrueExposure, _folder: str, late_seconds: float | None) -> None:
        reports = [Report(None, name, None, content, exposure.number) for name, content in exposure.files.items()]
        self._report(reports, late_seconds)

    def _report(self, reports: list[Report], late_seconds: float | None) -> None:
        session = self.session
        if late_seconds is None:
            self._drop(deque(reports), truth.NEVER_REPORTED)
            return

        def report() -> None:
            if session is not None and session is self.session:
                session.reports.extend((*reports, Report()))
            else:
                self._drop(deque(reports), truth.IN_RAM_AT_THE_END)

        # A body reports in order: a later photo never overtakes a late one.
        self._reported_at = max(self._reported_at, self._clock() + late_seconds)
        self._later(self._reported_at, report)
        self.advance()

    def _drop(self, reports: deque[Report], why: str) -> None:
        while reports:
            report = reports.popleft()
            if report.content is not None:
                self.truth[report.exposure].lost = why


def storage_folder(slot: int) -> str:
    """The library's name for the root of the card in this slot."""
    return f"/store_{slot + 1:04d}0001"
