"""Passes the camera process's events on to the parts of the camera controller that handle them."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from photonic.recurring import Recurring
from photonic.service.base.unexpected import Unexpected, Where
from photonic.service.camera.reasons import outage_reason
from photonic.worker.link.card_messages import LeftOnCard, Unaccounted
from photonic.worker.link.messages import CameraOpened, Captured, CaptureProgressed, Facts, Note, PreviewChanged, Staged
from photonic.worker.link.setting_messages import SettingsChanged

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.errors import CameraError
    from photonic.service.camera.connection import CameraConnection
    from photonic.service.camera.settings import CameraSettings
    from photonic.service.capture.service import CaptureService
    from photonic.service.ingest.card_import import CardImporter
    from photonic.service.ingest.photo_import import PhotoImporter
    from photonic.service.live.demand import LiveDemand
    from photonic.service.live.hub import Hub
    from photonic.worker.link.messages import Event

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}

log = logging.getLogger(__name__)


def _is_inside(folder: Path, path: Path) -> bool:
    return path.is_relative_to(folder) and path != folder and ".." not in path.parts


class EventDispatch:
    """Receives the supervisor's reports, on the event loop's thread; never waits and raises nothing.

    ``staging``: the only folder from which files are accepted, whatever path a camera process reports.
    """

    def __init__(
        self,
        hub: Hub,
        camera: CameraConnection,
        live: LiveDemand,
        *,
        settings: CameraSettings,
        captures: CaptureService,
        photo_importer: PhotoImporter,
        card: CardImporter,
        staging: Path,
        clock: Callable[[], float],
        unexpected: Unexpected,
    ) -> None:
        self._staging = staging
        self._unexpected = unexpected
        self._hub = hub
        self._camera = camera
        self._live = live
        self._settings = settings
        self._captures = captures
        self._photo_importer = photo_importer
        self._card = card
        self._outages = Recurring(clock)

    def frame(self, captured_us: int, jpeg: bytes | memoryview) -> None:
        """One live-view frame; ``captured_us`` is CLOCK_MONOTONIC."""
        # A frame that arrives after the camera was disconnected would tell viewers that live view is back.
        if self._camera.wanted:
            with self._unexpected.survived(Where.FRAMES):
                if self._hub.publish(captured_us, jpeg):
                    self._live.frame_published()

    def event(self, event: Event) -> None:
        """One event of the camera process; events that only its supervisor needs are ignored."""
        with self._unexpected.survived(Where.CAMERA_EVENTS):
            self._handle(event)

    def down(self, failure: CameraError, retry_in_seconds: float, rung: int) -> None:
        """The camera process has ended; the next one starts in ``retry_in_seconds``."""
        level = self._outages.level(f"{failure.kind} {failure.reason}")
        log.log(level, "camera down (%s): %s; retrying in %.1f s", failure.kind, failure.reason, retry_in_seconds)
        self._camera.on_outage(failure, rung)
        self._settings.forget()
        self._live.lost(outage_reason(failure, rung))
        self._photo_importer.process_ended()

    def recovered(self) -> None:
        """The camera works again."""
        if self._outages.over():
            log.info("the camera has recovered")
        self._camera.on_recovered()

    def _handle(self, event: Event) -> None:
        match event:
            case CameraOpened():
                self._camera.on_opened(event)
                self._live.opened(live_view=event.live_view)
                self._card.opened(event)
            case LeftOnCard():
                self._card.left_on_card(event.object)
            case Unaccounted():
                self._card.unaccounted(event.shots)
            case Facts():
                self._camera.on_facts(event)
            case PreviewChanged():
                self._camera.on_preview(event)
                self._live.preview_changed(event)
            case Staged() if not _is_inside(self._staging, Path(event.path)):
                self._unexpected.refused(Where.CAMERA_EVENTS)
                log.error(
                    "ignoring %s: the camera process reported it as a photo, but it is outside %s",
                    event.path,
                    self._staging,
                )
            case Staged() if not self._captures.collects(event.capture_id):
                self._photo_importer.ingest(event)
            case CaptureProgressed() | Staged() | Captured():
                self._captures.event(event)
            case SettingsChanged():
                self._settings.on_changed(event)
            case Note():
                log.log(_LEVELS.get(event.level, logging.INFO), "camera process: %s", event.text)
            case _:
                pass
