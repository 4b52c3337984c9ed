"""A focus stack: the lens moves between photos, and returns to its initial position after the last one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.errors import BadInput, CaptureError, FailureKind
from photonic.model.sequence import SequenceKind
from photonic.model.setting import Choice
from photonic.model.setting_name import SettingName
from photonic.service.sequence.kinds.definition import FrameChanges, SequenceDefinition

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from photonic.model.sequence import SequenceRequest
    from photonic.model.setting import Setting

LENS_DRIVE = "manualfocusdrive"
"""libgphoto2's name for the action that drives a lens (2.5.34 ``config.c``)."""


def positions(request: SequenceRequest) -> tuple[int, ...]:
    """Return the lens position for each photo, in steps from the current position; negative is nearer.

    The first and the last photo are at the ends; the others are spaced as evenly as whole steps allow.
    Raises ``BadInput``.
    """
    if request.focus_end is None:
        reason = "focus_end: a focus stack requires the lens position of its last photo, in steps from the current one"
        raise BadInput(reason, field="focus_end")
    start = request.focus_start or 0
    distance = request.focus_end - start
    if distance == 0:
        raise BadInput("focus_end: the lens would not move; choose a value other than focus_start", field="focus_end")
    count = abs(distance) + 1 if request.count is None else request.count
    if not 2 <= count <= abs(distance) + 1:
        raise BadInput(f"count: a stack over this distance has 2 to {abs(distance) + 1} photos", field="count")
    return tuple(start + round(distance * number / (count - 1)) for number in range(count))


def check_lens(settings: Sequence[Setting]) -> None:
    """Raises ``CaptureError`` if the lens cannot be driven at all, ``BadInput`` if it is set to manual focus."""
    if not any(setting.path.rpartition("/")[2] == LENS_DRIVE for setting in settings):
        raise CaptureError("this camera's lens cannot be driven remotely", kind=FailureKind.NOT_SUPPORTED)
    mode = next((setting for setting in settings if setting.name == SettingName.FOCUS_MODE), None)
    if isinstance(mode, Choice) and mode.value.casefold().startswith("manual"):
        reason = "the lens is set to manual focus: switch it to autofocus so that the camera can drive it"
        raise BadInput(reason, field="kind")


def _count(request: SequenceRequest, _starts_at: datetime) -> int:
    return len(positions(request))


def _changes(request: SequenceRequest, settings: Sequence[Setting], _held: Mapping[str, str]) -> FrameChanges:
    check_lens(settings)
    return FrameChanges(lens=positions(request))


DEFINITION = SequenceDefinition(
    SequenceKind.FOCUS_STACK,
    frozenset({"count", "focus_start", "focus_end", "focus_size"}),
    _count,
    changes=_changes,
)
