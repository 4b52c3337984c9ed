"""What a station needs of who supervises its camera process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from photonic.model.capture_options import CaptureOptions
    from photonic.model.focus import FocusAction
    from photonic.model.view_options import ViewOptions
    from photonic.worker.link.card_messages import CardListed, CardObject, ObjectsFetched
    from photonic.worker.link.messages import Profiles
    from photonic.worker.link.setting_messages import SettingsRead


class TransientCommandRunner(Protocol):
    """What the present camera process is asked to do."""

    async def cancel(self, capture_id: str) -> None:
        """Raises ``CameraError``."""
        ...

    async def list_card(self) -> CardListed:
        """Raises ``CameraError``."""
        ...

    async def fetch(self, objects: Sequence[CardObject], staging: str) -> ObjectsFetched:
        """Raises ``CameraError``."""
        ...

    async def delete(self, wanted: CardObject) -> None:
        """Raises ``BadInput``, ``CameraError``."""
        ...

    async def read_settings(self) -> SettingsRead:
        """Everything that can be set. Raises ``CameraError``."""
        ...

    async def change_settings(self, values: Mapping[str, str]) -> SettingsRead:
        """All or none; everything that can be set, as it is then. Raises ``BadInput``, ``CameraError``."""
        ...

    async def focus(self, action: FocusAction, size: int, steps: int) -> None:
        """Raises ``BadInput``, ``CameraError``."""
        ...

    async def look(self, wanted: ViewOptions) -> None:
        """Raises ``BadInput``, ``CameraError``."""
        ...


class CameraSupervisor(Protocol):
    """The supervisor of one camera process, as the station uses it."""

    @property
    def transient(self) -> TransientCommandRunner:
        """Commands that no later camera process has to know of."""
        ...

    async def run(self) -> None:
        """Keep a camera process alive until cancelled; then leave the camera in order."""
        ...

    async def start_preview(self) -> None:
        """Live view on, in the camera processes to come as well. Raises ``CameraError``."""
        ...

    async def stop_preview(self) -> None:
        """Raises ``CameraError``."""
        ...

    async def apply(self, profiles: Profiles) -> None:
        """Raises ``BadInput``, ``CameraError``."""
        ...

    async def capture(
        self,
        capture_id: str,
        staging: str,
        options: CaptureOptions = ...,
    ) -> None:
        """Raises ``CaptureError``, ``CameraError``."""
        ...

    def restart(self, reason: str) -> None:
        """Open the camera anew now, in whatever way; ``Opened`` tells that it was."""
        ...
