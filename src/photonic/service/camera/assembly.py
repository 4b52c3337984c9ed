"""Builds the parts of one camera and connects them; the controller owns and runs them.

Building starts nothing and does not touch the disk. Some callbacks below refer to parts that are built further down:
no part calls back before the controller runs it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.service.base.unexpected import Unexpected
from photonic.service.camera.connection import CameraConnection
from photonic.service.camera.dispatch import EventDispatch
from photonic.service.camera.held_settings import held_by
from photonic.service.camera.photo_parts import PhotoParts, assemble_photos
from photonic.service.camera.profiles import NamedProfiles
from photonic.service.camera.revision import Revision
from photonic.service.camera.settings import CameraSettings
from photonic.service.camera.status import StatusBoard
from photonic.service.live.demand import LiveDemand
from photonic.service.live.hub import Hub
from photonic.service.photo import naming
from photonic.worker.link.messages import Configure
from photonic.worker.supervision.launch import Launch
from photonic.worker.supervision.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.service.base.surroundings import Surroundings
    from photonic.service.camera.controller_settings import ControllerSettings
    from photonic.service.camera.supervision import CameraSupervisor
    from photonic.worker.link.messages import Profiles
    from photonic.worker.supervision.claims import Claims

    StartProcess = Callable[[Profiles, EventDispatch], CameraSupervisor]
    """Creates the supervisor of a new camera process with these settings; it reports to the dispatch."""

PENDING_RESTORE = "borrowed.json"
"""File in the index folder: the settings that a camera process has yet to restore. Earlier releases chose the name."""


@dataclass(frozen=True, slots=True)
class CameraParts:
    """One camera's connection, live view, settings, status and photos."""

    unexpected: Unexpected
    revision: Revision
    hub: Hub
    connection: CameraConnection
    live: LiveDemand
    settings: CameraSettings
    profiles: NamedProfiles
    photos: PhotoParts
    board: StatusBoard


def assemble(
    settings: ControllerSettings,
    *,
    boot_id: str,
    surroundings: Surroundings,
    claims: Claims | None,
    start: StartProcess | None,
) -> CameraParts:
    """Build the parts of one camera.

    Args:
        settings: The settings of this camera.
        boot_id: Identifies this run of the service in the status.
        surroundings: Its clocks, ids and processes.
        claims: Which ports the service's cameras use; ``None``: this is the only camera.
        start: Creates the supervisor of a camera process; ``None``: starts real processes.
    """
    start_process = start or _process_starter(settings, lambda: hub.sequence > 0, surroundings, claims)
    clock = surroundings.time.monotonic
    unexpected, revision = Unexpected(), Revision()

    def touch() -> None:
        board.touch()

    def viewers_changed() -> None:
        live.viewers_changed()

    def camera_changed() -> None:
        if photos.card_cleanup is not None:
            photos.card_cleanup.wake()
        touch()

    def process(profiles: Profiles) -> CameraSupervisor:
        live.replaced()
        return start_process(profiles, dispatch)

    hub = Hub(clock, on_membership=viewers_changed, unexpected=unexpected)
    held = held_by(settings.profiles.get(settings.profile or ""))
    connection = CameraConnection(
        settings.name, process, time=surroundings.time, on_change=camera_changed, profiles=held
    )
    live = LiveDemand(hub, connection, clock=clock, grace_seconds=settings.preview_grace_seconds, on_change=touch)
    camera_settings = CameraSettings(connection, on_change=touch, unexpected=unexpected)
    photos = assemble_photos(
        settings, connection, camera_settings, hub, surroundings=surroundings, on_change=touch, unexpected=unexpected
    )
    dispatch = EventDispatch(
        hub,
        connection,
        live,
        settings=camera_settings,
        captures=photos.captures,
        photo_importer=photos.photo_importer,
        card=photos.card_importer,
        staging=photos.root.staging.path,
        clock=clock,
        unexpected=unexpected,
    )
    board = StatusBoard(
        boot_id,
        revision,
        camera=connection,
        live=live,
        hub=hub,
        captures=photos.captures,
        sequences=photos.sequences,
        capture_index=photos.capture_index,
        space=photos.space,
        level=settings.saved,
        second_copies=photos.second_copies,
        settings=camera_settings,
        card=photos.card_importer,
        clock=clock,
    )
    profiles = NamedProfiles(connection, settings.profiles, settings.profile)
    return CameraParts(unexpected, revision, hub, connection, live, camera_settings, profiles, photos, board)


def _process_starter(
    settings: ControllerSettings, shown: Callable[[], bool], surroundings: Surroundings, claims: Claims | None
) -> StartProcess:
    """Return a function that starts real camera processes; ``shown``: whether this camera has ever sent a frame."""
    root = settings.photo_root.absolute()

    def start(profiles: Profiles, listener: EventDispatch) -> CameraSupervisor:
        configure = Configure(
            request=0,
            address=settings.address,
            capture_target=settings.capture_target,
            profiles=profiles,
            staging=str(root / naming.STAGING),
            pending_restore=str(root / naming.INDEX / PENDING_RESTORE),
        )
        launch = Launch(settings.driver, configure, settings.environment)
        return Supervisor(
            launch,
            listener,
            host=surroundings.host,
            clock=surroundings.time.monotonic,
            claims=claims,
            shown=shown(),
        )

    return start
