"""What a camera process and its parent say about settings: read as a whole, changed all or none, told when changed."""

from __future__ import annotations

import msgspec

from photonic.model.focus import FocusAction
from photonic.worker.link.message import Message


class SettingEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One setting: the fields of ``model.setting``, without its types.

    ``kind``: ``choice``, ``range``, ``toggle``, ``text`` or ``date``, and with it the type of ``value``: text, number,
    truth (``None``: not told), text, seconds since 1970 by the camera's clock. ``limits``: minimum, maximum and step
    of a range.
    """

    name: str
    path: str
    label: str
    kind: str
    value: str | float | bool | None
    choices: tuple[str, ...] = ()
    limits: tuple[float, float, float] | None = None
    writable: bool = True
    reason: str | None = None


class ReadSettings(Message, frozen=True):
    """Say everything that can be set, in ``Done``."""

    request: int


class ChangeSettings(Message, frozen=True):
    """Set these, by name, to values as people write them: all, or none (``Failed`` with BAD_INPUT).

    ``Done`` has everything that can be set, as it is then.
    """

    request: int
    values: dict[str, str]


class Focus(Message, frozen=True):
    """Focus without a photo: ``size`` (1 small to 3 large) and ``steps`` are for near and far.

    ``Failed`` with BAD_INPUT where the camera cannot, or not now, and with AUTOFOCUS_FAILED where there was no focus.
    """

    request: int
    action: FocusAction
    size: int = 1
    steps: int = 1


class LookAt(Message, frozen=True):
    """Have live view show that (``model.look``); it has to be on.

    ``Failed`` with NOT_SUPPORTED where the camera cannot, with BAD_INPUT where it does not take a value, or not now.
    """

    request: int
    magnification: str | None = None
    position: tuple[int, int] | None = None
    focus_point: tuple[int, int] | None = None
    depth_of_field: bool | None = None


class SettingsRead(Message, frozen=True):
    """Every setting of the camera; not ``complete``: those that are known by now, a slow one is still being asked."""

    settings: tuple[SettingEntry, ...] = ()
    complete: bool = True


class SettingsTold(Message, frozen=True):
    """The common settings as they stand now, by name: sent when any of them has changed, by whomever."""

    values: dict[str, str]
