"""Commands that no later camera process has to know of: they are carried out by this one, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.worker.link.card_messages import DeleteObject, FetchObjects, ListCard
from photonic.worker.link.limits import (
    CANCEL_SECONDS,
    DELETE_SECONDS,
    FETCH_SECONDS,
    FOCUS_SECONDS,
    LIST_SECONDS,
    SETTINGS_SECONDS,
    SLOWEST_BYTES_PER_SECOND,
)
from photonic.worker.link.messages import CancelCapture
from photonic.worker.link.setting_messages import ChangeSettings, Focus, LookAt, ReadSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from photonic.model.focus import FocusAction
    from photonic.model.view_options import ViewOptions
    from photonic.worker.link.card_messages import CardObject
    from photonic.worker.link.setting_messages import SettingsRead
    from photonic.worker.supervision.process import CameraProcess


class TransientCommands:
    """Sends them to ``process()``, which raises ``CameraError`` when there is none with an open camera."""

    def __init__(self, process: Callable[[], CameraProcess]) -> None:
        self._process = process

    async def cancel(self, capture_id: str) -> None:
        """Have a capture given up if its shutter has not fired; ``capture`` tells what came of it.

        Does not wait for that. Raises ``CameraError``.
        """
        self._process().post(lambda number: CancelCapture(request=number, capture_id=capture_id), CANCEL_SECONDS)

    async def list_card(self) -> None:
        """Have the listener told what lies on the card (``CardListed``). Raises ``CameraError``."""
        await self._process().request(lambda number: ListCard(request=number), LIST_SECONDS)

    async def fetch(self, objects: Sequence[CardObject], staging: str) -> None:
        """Have objects of the card staged; the listener is told of each. Raises ``CameraError``."""
        size_bytes = sum(one.size_bytes or 0 for one in objects)
        limit = FETCH_SECONDS * (1 + len(objects)) + size_bytes / SLOWEST_BYTES_PER_SECOND
        await self._process().request(
            lambda number: FetchObjects(request=number, objects=tuple(objects), staging=staging), limit
        )

    async def delete(self, wanted: CardObject) -> None:
        """Delete an object from the card. Raises ``BadInput`` when another one lies there now, ``CameraError``."""
        await self._process().request(lambda number: DeleteObject(request=number, object=wanted), DELETE_SECONDS)

    async def read_settings(self) -> SettingsRead:
        """Everything that can be set. Raises ``CameraError``."""
        done = await self._process().request(lambda number: ReadSettings(request=number), SETTINGS_SECONDS)
        return done.settings

    async def change_settings(self, values: Mapping[str, str]) -> SettingsRead:
        """Set these, all or none; everything that can be set, as it is then. Raises ``BadInput``, ``CameraError``."""
        done = await self._process().request(
            lambda number: ChangeSettings(request=number, values=dict(values)), SETTINGS_SECONDS
        )
        return done.settings

    async def focus(self, action: FocusAction, size: int, steps: int) -> None:
        """Focus without a photo. Raises ``BadInput``, ``CameraError`` (AUTOFOCUS_FAILED among its kinds)."""
        await self._process().request(
            lambda number: Focus(request=number, action=action, size=size, steps=steps), FOCUS_SECONDS
        )

    async def look(self, wanted: ViewOptions) -> None:
        """Have live view show that. Raises ``BadInput``, ``CameraError`` (NOT_SUPPORTED among its kinds)."""
        await self._process().request(
            lambda number: LookAt(
                request=number,
                magnification=wanted.magnification,
                position=wanted.position,
                focus_point=wanted.focus_point,
                depth_of_field=wanted.depth_of_field,
            ),
            SETTINGS_SECONDS,
        )
