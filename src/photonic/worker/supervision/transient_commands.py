"""Commands for the current camera process only: they are not repeated after it has been replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from photonic.errors import CameraError
from photonic.worker.link.card_messages import CardListed, DeleteObject, FetchObjects, ListCard, ObjectsFetched
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
from photonic.worker.link.setting_messages import ChangeSettings, Focus, LookAt, ReadSettings, SettingsRead

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from photonic.model.focus import FocusAction
    from photonic.model.view_options import ViewOptions
    from photonic.worker.link.card_messages import CardObject
    from photonic.worker.link.messages import Command, Result
    from photonic.worker.supervision.process import CameraProcess

R = TypeVar("R", bound="Result")


class TransientCommands:
    """Sends the commands to ``process()``, which raises ``CameraError`` if no camera is open."""

    def __init__(self, process: Callable[[], CameraProcess]) -> None:
        self._process = process

    async def cancel(self, capture_id: str) -> None:
        """Request the cancellation of a capture whose shutter has not fired. Raises ``CameraError``.

        Does not wait for the outcome: the call that takes the capture returns normally or raises CANCELLED.
        """
        self._process().post(lambda number: CancelCapture(request=number, capture_id=capture_id), CANCEL_SECONDS)

    async def list_card(self) -> CardListed:
        """List the photos and films on the card. Raises ``CameraError``."""
        return await self._ask(CardListed, lambda number: ListCard(request=number), LIST_SECONDS)

    async def fetch(self, objects: Sequence[CardObject], staging: str) -> ObjectsFetched:
        """Stage objects of the card; the listener gets a ``Staged`` for each. Raises ``CameraError``."""
        size_bytes = sum(one.size_bytes or 0 for one in objects)
        limit = FETCH_SECONDS * (1 + len(objects)) + size_bytes / SLOWEST_BYTES_PER_SECOND
        return await self._ask(
            ObjectsFetched,
            lambda number: FetchObjects(request=number, objects=tuple(objects), staging=staging),
            limit,
        )

    async def delete(self, wanted: CardObject) -> None:
        """Delete an object from the card. Raises ``BadInput`` if another object has its name now, ``CameraError``."""
        await self._process().request(lambda number: DeleteObject(request=number, object=wanted), DELETE_SECONDS)

    async def read_settings(self) -> SettingsRead:
        """Read all settings. Raises ``CameraError``."""
        return await self._ask(SettingsRead, lambda number: ReadSettings(request=number), SETTINGS_SECONDS)

    async def change_settings(self, values: Mapping[str, str]) -> SettingsRead:
        """Change these settings, all or none; returns all settings. Raises ``BadInput``, ``CameraError``."""
        return await self._ask(
            SettingsRead, lambda number: ChangeSettings(request=number, values=dict(values)), SETTINGS_SECONDS
        )

    async def focus(self, action: FocusAction, size: int, steps: int) -> None:
        """Focus without taking a photo. Raises ``BadInput``, ``CameraError`` (AUTOFOCUS_FAILED if it did not lock)."""
        await self._process().request(
            lambda number: Focus(request=number, action=action, size=size, steps=steps), FOCUS_SECONDS
        )

    async def look(self, wanted: ViewOptions) -> None:
        """Change what live view shows. Raises ``BadInput``, ``CameraError`` (NOT_SUPPORTED if the camera cannot)."""
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

    async def _ask(self, kind: type[R], make: Callable[[int], Command], limit_seconds: float) -> R:
        """Send a command and wait for its result, which is a ``kind``. Raises ``BadInput``, ``CameraError``."""
        done = await self._process().request(make, limit_seconds)
        if not isinstance(done.result, kind):
            raise CameraError(f"the camera process answered with {done.result!r:.80} instead of {kind.__name__}")
        return done.result
