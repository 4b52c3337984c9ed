"""What the camera says of itself from time to time: battery, card, shots that fit; and the card's account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.battery import BATTERY, percent_of
from photonic.drivers.gphoto2.configuration import IMAGE_FORMAT_NAMES
from photonic.errors import CameraError
from photonic.worker.link.card_messages import Unaccounted
from photonic.worker.link.messages import Facts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from photonic.drivers.gphoto2.camera import GphotoCamera, Setting, Storage
    from photonic.drivers.gphoto2.card_audit import CardAudit
    from photonic.drivers.gphoto2.configuration import Configuration
    from photonic.drivers.gphoto2.pace import Pace
    from photonic.worker.roles import ParentLink

EVERY_SECONDS = 20.0
AFTER_CAPTURE_SECONDS = 2.0
AWAKE_SECONDS = 5.0
"""The library keeps an EOS awake when a setting is read or a preview taken, not when events are waited for (2.5.34
``camera_keep_device_on``)."""

MOST_REFUSALS = 5
"""A camera that writes a photo may refuse a look; one that refuses them all has to be opened anew."""

MOST_DIGITS = 12

_NAMES = (("availableshots",), ("autopoweroff",), (BATTERY,), IMAGE_FORMAT_NAMES)


class Telemetry:
    """Looks at the camera when it is due, and tells what changed."""

    def __init__(
        self,
        camera: GphotoCamera,
        configuration: Configuration,
        outbox: ParentLink,
        card_audit: CardAudit,
        *,
        clock: Callable[[], float],
        pace: Pace,
    ) -> None:
        self._camera = camera
        self._pace = pace
        self._configuration = configuration
        self._outbox = outbox
        self._card_audit = card_audit
        self._clock = clock
        self._due_at = clock()
        self._awake_at = clock() + AWAKE_SECONDS
        self._told: Facts | None = None
        self._card: tuple[str, ...] = ()
        self._refusals = 0
        self._unread: list[tuple[str, ...]] = []
        self._read: dict[tuple[str, ...], Setting | None] = {}
        self._storages: tuple[Storage, ...] = ()
        self._shots: int | None = None
        self._shots_basis: tuple[object, int] = None, 0

    def after_capture(self) -> None:
        """A shot has changed them; the first look waits for nothing, however fast captures follow each other."""
        if self._told is not None:
            self._due_at = self._clock() + AFTER_CAPTURE_SECONDS
            self._unread.clear()

    def keep_awake(self) -> None:
        """Ask the camera something, at least every five seconds. Raises ``CameraError``."""
        now = self._clock()
        if now >= self._awake_at:
            self._awake_at = now + AWAKE_SECONDS
            try:
                self._camera.read(BATTERY)
            except CameraError as error:
                if not faults.connection_good(error):
                    raise

    def look(self, *, settled: bool) -> None:
        """Look when it is due, a slice at a time.

        ``settled``: no photo of the card is on its way, so that its account can be drawn.

        Raises ``CameraError``: the connection broke, or the camera refused several times in a row.
        """
        if self._clock() < self._due_at:
            return
        try:
            self._look(settled=settled)
        except CameraError as error:
            self._refusals += 1
            if not faults.connection_good(error) or self._refusals >= MOST_REFUSALS:
                raise
            self._due_at = self._clock() + AFTER_CAPTURE_SECONDS
        else:
            self._refusals = 0

    def account(self, storages: Sequence[Storage]) -> None:
        """Tell of photos on the card that came without a word; another card has an account of its own."""
        card = tuple(map(str, storages))
        if card != self._card:
            self._card = card
            self._card_audit.begin()
        if not storages:
            return
        shots = self._card_audit.unaccounted({storage.folder: 1024 * storage.free_kilobytes for storage in storages})
        if shots:
            self._outbox.send(Unaccounted(shots=shots))

    def _look(self, *, settled: bool) -> None:
        if not self._unread:
            # Not every camera tells when these change.
            self._configuration.doubt()
            self._storages = self._camera.storages()
            self._unread = list(_NAMES)
            if settled:
                self.account(self._storages)
        while self._unread:
            if self._pace.spent:
                return
            names = self._unread.pop(0)
            self._read[names] = self._configuration.read(*names)
        self._tell()
        self._due_at = self._clock() + (AFTER_CAPTURE_SECONDS if self._card_audit.suspicious else EVERY_SECONDS)

    def _tell(self) -> None:
        shots, power_off, battery, image_format = (self._read[names] for names in _NAMES)
        # A capture has to know it as it is then, and not every camera tells when it changes.
        self._configuration.forget(*IMAGE_FORMAT_NAMES)
        remaining = None if shots is None else _number(shots.value)
        facts = Facts(
            battery=percent_of(battery),
            storage_available=bool(self._storages) and remaining != 0,
            shots_available=self._shots_left(remaining, image_format),
            power_off_seconds=_seconds(power_off.value if power_off else None),
        )
        if facts != self._told:
            self._told = facts
            self._outbox.send(facts)

    def _shots_left(self, said: int | None, image_format: Setting | None) -> int | None:
        """The body's estimate, without its corrections upwards: taking a photo makes no room.

        It reckons with what the last photos weighed, so that a light one raises it. It may rise with free space, with
        another card or with another format.
        """
        basis = tuple(map(str, self._storages)), None if image_format is None else image_format.value
        free_kilobytes = sum(storage.free_kilobytes for storage in self._storages)
        before, (basis_before, free_before) = self._shots, self._shots_basis
        if said is not None and before is not None and basis == basis_before and free_kilobytes <= free_before:
            said = min(said, before)
        self._shots, self._shots_basis = said, (basis, free_kilobytes)
        return said


def _seconds(text: str | None) -> int | None:
    """Canon writes seconds, ``Never`` as ``0``; ``None`` for words."""
    digits = (text or "").strip().casefold().removesuffix("s").strip()
    if digits in {"never", "off", "disable"}:
        return 0
    return _number(digits)


def _number(digits: str) -> int | None:
    """A number that a message can carry; ``None`` for anything else."""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS else None
