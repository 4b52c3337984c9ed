"""Builds the parts of one camera that read stored photos again, repair them, and list those without a record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.service.files.paced_reading import PacedReading
from photonic.service.files.replacement import FileReplacement
from photonic.service.journal.verification import VerificationJournal
from photonic.service.library.adoption import Adoption
from photonic.service.library.file_check import FileCheck
from photonic.service.library.repair import Repair
from photonic.service.library.unclean_stop import UncleanStop
from photonic.service.library.verification import Verification
from photonic.service.library.verification_pass import PhotosCheck

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from photonic.service.base.surroundings import Surroundings
    from photonic.service.camera.controller_settings import ControllerSettings
    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.files.second_root import SecondRoot
    from photonic.service.journal.captures import CaptureJournal
    from photonic.worker.link.card_messages import CardObject


@dataclass(frozen=True, slots=True)
class VerificationParts:
    """What reads stored photos again: on request and in idle time, and after an unclean stop of the machine."""

    repair: Repair
    unclean_stop: UncleanStop
    verification: Verification


def assemble_verification(
    settings: ControllerSettings,
    root: PhotoRoot,
    journal: CaptureJournal,
    second: SecondRoot | None,
    *,
    camera_id: Callable[[], str],
    fetch: Callable[[str, CardObject], bool] | None,
    idle: Callable[[], Awaitable[None]],
    open_index: Callable[[], Awaitable[None]],
    reread: Callable[[str], Awaitable[object]],
    bytes_a_second: float,
    surroundings: Surroundings,
    on_change: Callable[[], object],
) -> VerificationParts:
    """Build the parts that read stored photos again.

    Args:
        settings: The settings of this camera.
        root: Its photo root.
        journal: The index.
        second: The folder of the second copies; ``None``: there is none.
        camera_id: The camera whose photos those without a record are taken for.
        fetch: Has a copy fetched from the card of the camera with this serial number; returns whether it will be.
            ``None``: there is no camera.
        idle: Waits until no capture is queued or in execution.
        open_index: Opens the index; raises ``PhotonicError``.
        reread: Called with the id of each new record.
        bytes_a_second: How much is read in idle time; 0: nothing is checked in idle time.
        surroundings: Its clocks and ids.
        on_change: Called when a pass begins or ends.
    """
    time, clock = surroundings.time, surroundings.time.monotonic
    verified = VerificationJournal(journal)
    replacement = FileReplacement(root, photo_mode=settings.photo_mode)
    repair = Repair(root, replacement, verified, second=second, fetch=fetch)
    unclean_stop = UncleanStop(
        verified,
        FileCheck(root.path, verified, PacedReading(idle, clock=clock)),
        repair,
        open_index=open_index,
        clock=clock,
    )
    adoption = Adoption(
        root,
        journal,
        camera_id=camera_id,
        session=settings.body_session,
        time=time,
        new_id=surroundings.new_id,
    )
    reading = PacedReading(idle, clock=clock)
    photos = PhotosCheck(
        root,
        verified,
        reading,
        repair,
        adoption=adoption,
        reread=reread,
        second=second,
        foreign=settings.foreign_folders,
    )
    verification = Verification(
        photos,
        verified,
        reading,
        repair,
        open_index=open_index,
        time=time,
        bytes_a_second=bytes_a_second,
        unread=lambda: unclean_stop.unread,
        rebuilt=lambda: journal.rebuilt,
        on_change=on_change,
    )
    return VerificationParts(repair, unclean_stop, verification)
