"""Messages about settings: read as a whole, changed all or none, reported when they have changed."""

from __future__ import annotations

import msgspec

from photonic.model.focus import FocusAction
from photonic.worker.link.message import Message


class SettingEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One setting: the fields of ``model.setting``, without its types.

    ``kind``: ``choice``, ``range``, ``toggle``, ``text`` or ``date``. The type of ``value`` follows: text, number,
    boolean (``None``: not reported), text, or seconds since 1970 by the camera's clock. ``limits``: minimum, maximum
    and step of a range.
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
    """Read all settings; the result is ``SettingsRead``."""

    request: int


class ChangeSettings(Message, frozen=True):
    """Change these settings, by name, to values as people write them: all, or none (``Failed`` with BAD_INPUT).

    The result is ``SettingsRead``, with the settings after the change.
    """

    request: int
    values: dict[str, str]


class Focus(Message, frozen=True):
    """Focus without taking a photo; ``size`` (1 small to 3 large) and ``steps`` apply to near and far.

    ``Failed`` with BAD_INPUT if the camera cannot do this, now or ever; with AUTOFOCUS_FAILED if it found no focus.
    """

    request: int
    action: FocusAction
    size: int = 1
    steps: int = 1


class LookAt(Message, frozen=True):
    """Change what live view shows (``model.view_options``); it has to be on.

    ``Failed`` with NOT_SUPPORTED if the camera cannot, with BAD_INPUT if it rejects a value or cannot do it now.
    """

    request: int
    magnification: str | None = None
    position: tuple[int, int] | None = None
    focus_point: tuple[int, int] | None = None
    depth_of_field: bool | None = None


class SettingsRead(Message, frozen=True):
    """The settings of the camera; ``complete``: ``False`` if a slow camera is still reporting the others."""

    settings: tuple[SettingEntry, ...] = ()
    complete: bool = True


class SettingsChanged(Message, frozen=True):
    """The current values of the common settings, by name; sent when any of them has changed, for whatever reason."""

    values: dict[str, str]
