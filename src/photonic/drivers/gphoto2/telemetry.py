"""Polls the camera's battery, card and remaining shots, and audits its card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.battery import BATTERY, percent_of
from photonic.drivers.gphoto2.configuration import IMAGE_FORMAT_NAMES
from photonic.drivers.gphoto2.makers.registry import AUTO_POWER_OFF, AWAKE_SECONDS, NEVER_OFF_WORDS
from photonic.errors import CameraError
from photonic.worker.link.card_messages import Unaccounted
from photonic.worker.link.messages import Facts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from photonic.drivers.gphoto2.camera import GphotoCamera, Setting, Storage
    from photonic.drivers.gphoto2.card_audit import CardAudit
    from photonic.drivers.gphoto2.configuration import Configuration
    from photonic.drivers.gphoto2.housekeeping import HousekeepingBudget
    from photonic.worker.roles import ParentLink

EVERY_SECONDS = 20.0
AFTER_CAPTURE_SECONDS = 2.0

MOST_REFUSALS = 5
"""A camera that is writing a photo may refuse a poll; one that refuses all of them has to be reopened."""

MOST_DIGITS = 12

_NAMES = (("availableshots",), AUTO_POWER_OFF, (BATTERY,), IMAGE_FORMAT_NAMES)


class Telemetry:
    """Polls the camera when due, and sends the facts that changed."""

    def __init__(
        self,
        camera: GphotoCamera,
        configuration: Configuration,
        outbox: ParentLink,
        card_audit: CardAudit,
        *,
        clock: Callable[[], float],
        budget: HousekeepingBudget,
    ) -> None:
        self._camera = camera
        self._budget = budget
        self._configuration = configuration
        self._outbox = outbox
        self._card_audit = card_audit
        self._clock = clock
        self._due_at = clock()
        self._awake_at = clock() + AWAKE_SECONDS
        self._sent: Facts | None = None
        self._card: tuple[str, ...] = ()
        self._refusals = 0
        self._unread: list[tuple[str, ...]] = []
        self._read: dict[tuple[str, ...], Setting | None] = {}
        self._storages: tuple[Storage, ...] = ()
        self._shots: int | None = None
        self._shots_basis: tuple[object, int] = None, 0

    def after_capture(self) -> None:
        """Poll again soon, because a shot has changed the facts; captures never delay the first poll."""
        if self._sent is not None:
            self._due_at = self._clock() + AFTER_CAPTURE_SECONDS
            self._unread.clear()

    def keep_awake(self) -> None:
        """Read something every few seconds, so that the camera stays awake. Raises ``CameraError``."""
        now = self._clock()
        if now >= self._awake_at:
            self._awake_at = now + AWAKE_SECONDS
            try:
                self._camera.read(BATTERY)
            except CameraError as error:
                if not faults.connection_good(error):
                    raise

    def poll(self, *, may_audit: bool) -> None:
        """Poll when due, one slice at a time.

        ``may_audit``: no photo of the card is under way, so the card can be audited.

        Raises ``CameraError``: the connection broke, or the camera refused several times in a row.
        """
        if self._clock() < self._due_at:
            return
        try:
            self._poll(may_audit=may_audit)
        except CameraError as error:
            self._refusals += 1
            if not faults.connection_good(error) or self._refusals >= MOST_REFUSALS:
                raise
            self._due_at = self._clock() + AFTER_CAPTURE_SECONDS
        else:
            self._refusals = 0

    def audit_card(self, storages: Sequence[Storage]) -> None:
        """Report how many photos on the cards the camera did not announce; a change of cards restarts the audit."""
        card = tuple(map(str, storages))
        if card != self._card:
            self._card = card
            self._card_audit.reset()
        if not storages:
            return
        shots = self._card_audit.unaccounted({storage.folder: 1024 * storage.free_kilobytes for storage in storages})
        if shots:
            self._outbox.send(Unaccounted(shots=shots))

    def _poll(self, *, may_audit: bool) -> None:
        if not self._unread:
            # Not every camera reports when these change.
            self._configuration.invalidate()
            self._storages = self._camera.storages()
            self._unread = list(_NAMES)
            if may_audit:
                self.audit_card(self._storages)
        while self._unread:
            if self._budget.exhausted:
                return
            names = self._unread.pop(0)
            self._read[names] = self._configuration.read(*names)
        self._send()
        self._due_at = self._clock() + (AFTER_CAPTURE_SECONDS if self._card_audit.suspicious else EVERY_SECONDS)

    def _send(self) -> None:
        shots, power_off, battery, image_format = (self._read[names] for names in _NAMES)
        # A capture needs its current value, and not every camera reports when it changes.
        self._configuration.forget(*IMAGE_FORMAT_NAMES)
        remaining = None if shots is None else _number(shots.value)
        facts = Facts(
            battery=percent_of(battery),
            storage_available=bool(self._storages) and remaining != 0,
            shots_available=self._shots_left(remaining, image_format),
            power_off_seconds=_seconds(power_off.value if power_off else None),
        )
        if facts != self._sent:
            self._sent = facts
            self._outbox.send(facts)

    def _shots_left(self, reported: int | None, image_format: Setting | None) -> int | None:
        """The body's estimate without its upward corrections: taking a photo does not free space.

        The body estimates from the sizes of the last photos, so a small one raises its number. The number may rise with
        free space, with another card and with another format.
        """
        basis = tuple(map(str, self._storages)), None if image_format is None else image_format.value
        free_kilobytes = sum(storage.free_kilobytes for storage in self._storages)
        before, (basis_before, free_before) = self._shots, self._shots_basis
        if reported is not None and before is not None and basis == basis_before and free_kilobytes <= free_before:
            reported = min(reported, before)
        self._shots, self._shots_basis = reported, (basis, free_kilobytes)
        return reported


def _seconds(text: str | None) -> int | None:
    """The seconds, 0 for a word that means never; ``None`` for any other text."""
    digits = (text or "").strip().casefold().removesuffix("s").strip()
    if digits in NEVER_OFF_WORDS:
        return 0
    return _number(digits)


def _number(digits: str) -> int | None:
    """The number, if a message can carry it."""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS else None
