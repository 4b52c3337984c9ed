"""The interface through which a camera controller uses the supervisor of its camera process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from photonic.model.capture_options import ArrivedPhoto, CaptureOptions
    from photonic.model.focus import FocusAction
    from photonic.model.view_options import ViewOptions
    from photonic.worker.link.card_messages import CardListed, CardObject, ObjectsFetched
    from photonic.worker.link.messages import Profiles
    from photonic.worker.link.setting_messages import SettingsRead


class TransientCommandRunner(Protocol):
    """Runs commands in the current camera process; later processes do not repeat them."""

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
        """Read all settings. Raises ``CameraError``."""
        ...

    async def change_settings(self, values: Mapping[str, str]) -> SettingsRead:
        """Change these settings, all or none; returns all settings. Raises ``BadInput``, ``CameraError``."""
        ...

    async def focus(self, action: FocusAction, size: int, steps: int) -> None:
        """Raises ``BadInput``, ``CameraError``."""
        ...

    async def look(self, wanted: ViewOptions) -> None:
        """Raises ``BadInput``, ``CameraError``."""
        ...


class CameraSupervisor(Protocol):
    """The supervisor of one camera process, as the camera controller uses it."""

    @property
    def transient(self) -> TransientCommandRunner:
        """Commands that are not repeated in later camera processes."""
        ...

    async def run(self) -> None:
        """Keep a camera process running until cancelled; then close the camera properly."""
        ...

    async def start_preview(self) -> None:
        """Start live view, also in later camera processes. Raises ``CameraError``."""
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
        earlier: ArrivedPhoto | None = ...,
    ) -> None:
        """Raises ``CaptureError``, ``CameraError``."""
        ...

    def restart(self, reason: str) -> None:
        """Close and reopen the camera now; ``CameraOpened`` reports the success."""
        ...
