"""The fields in which makers differ; the defaults describe a camera without quirks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from photonic.model.setting_name import SettingName


@dataclass(frozen=True, slots=True)
class Button:
    """An entry that holds something while it is set: writing ``down`` presses it, writing ``up`` releases it."""

    name: str
    down: str | int
    up: str | int


@dataclass(frozen=True, slots=True)
class ShutterButton:
    """An entry that presses and releases the shutter button without focusing first.

    ``press`` and ``release``: the choices that do it, by the names of different library versions; the first one that
    the camera offers is used. ``sets_target``: with each command, the library also sets the capture target that it has
    stored, initially RAM.
    """

    name: str
    press: tuple[str, ...]
    release: tuple[str, ...]
    sets_target: bool = False


@dataclass(frozen=True, slots=True)
class KeepAlivePreparation:
    """How capture is prepared again: writing 1 to ``name``, only on a body that also has the entry ``only_with``."""

    name: str
    only_with: str


@dataclass(frozen=True, slots=True)
class Magnification:
    """The entry that magnifies live view.

    ``whole``: the value for the whole picture; such an entry accepts any number. ``None``: the entry has choices, and
    the first one is the whole picture.
    """

    name: str
    whole: str | None = None


@dataclass(frozen=True, slots=True)
class PointEntry:
    """An entry that accepts a point of the picture; ``written`` is the format of x and y."""

    name: str
    written: str


@dataclass(frozen=True, slots=True)
class FocusReport:
    """The event that reports how autofocus went: its text starts with ``prefix``, and success is ``prefix + sharp``."""

    prefix: str
    sharp: str


@dataclass(frozen=True, slots=True)
class ChosenByMode:
    """Settings that the camera chooses in some exposure modes while the library still offers its earlier choices.

    ``mode``: the entry of the exposure mode. ``modes``: for each setting, the modes in which it cannot be set.
    """

    mode: str
    modes: Mapping[str, frozenset[str]]


@dataclass(frozen=True, kw_only=True)
class Maker:
    """One maker's quirks. ``None`` and empty values mean that there is no such quirk, or no such entry.

    Identification:
        manufacturer: How the reported manufacturer starts, in lower case; empty matches no camera.

    Settings:
        setting_names: libgphoto2's names of the common settings, the preferred one first.
        reserved: Entries that users may not set, and the reason shown to them.
        actions: Entries that make the camera do something: they hold no value, and cannot be undone.
        one_read: Cameras of this maker that have this entry report all settings at once.
        chosen_by_mode: See ``ChosenByMode``.
        library_settings: Lines for the library's settings file (``timeouts``).
        cut_decimals: How many decimals the camera gives a shutter speed; it cuts or rounds the rest.

    Capture:
        card_target: The capture target's choice for the card.
        ram_target: The capture target's choice for the camera's RAM.
        shutter_button: See ``ShutterButton``.
        bulb: Holds the shutter open; used if there is no shutter button.
        autofocus_switch: Switches off focusing before the release; ``down`` is off. Both values have to be choices.
        shot_begins: The text of the event with which a shot begins.
        fired_texts: Regular expressions for the library's texts of a release that failed after the full press.
        late_event_seconds: How far apart the events of one shot may be.
        preparation: See ``KeepAlivePreparation``.

    Live view:
        live_view_switch: The entry that turns live view on and off.
        first_frame_seconds: How long the library may take for the first frame.
        next_frame_seconds: How long the library may take for any other frame.
        magnification: See ``Magnification``.
        magnified_point: Moves the magnified part of the picture.
        focus_point: Moves the focus point.
        closed_aperture: Closes the aperture while it is held.

    Focus:
        focus: Starts autofocus; writing 0 stops it.
        cancel_focus: Stops autofocus; preferred to ``focus`` if the camera has it.
        drive_focus: Moves the lens, by choices or by a number of pulses.
        focus_report: See ``FocusReport``.
        focus_pulses: The pulses of a small (1), medium (2) and large (3) step, for a lens that is moved by pulses.

    Power:
        battery_words: Battery levels that are reported as words, in percent; keys in lower case.
        awake_seconds: The camera falls asleep without a request for longer than this.
        auto_power_off: The entry for the seconds after which the camera turns itself off.
        never_off_words: Values of ``auto_power_off`` that mean never, besides 0; in lower case.
    """

    manufacturer: str = ""

    setting_names: Mapping[SettingName, tuple[str, ...]] = field(default_factory=dict["SettingName", tuple[str, ...]])
    reserved: Mapping[str, str] = field(default_factory=dict[str, str])
    actions: frozenset[str] = frozenset()
    one_read: str | None = None
    chosen_by_mode: ChosenByMode | None = None
    library_settings: Mapping[str, str] = field(default_factory=dict[str, str])
    cut_decimals: int | None = None

    card_target: str | None = None
    ram_target: str | None = None
    shutter_button: ShutterButton | None = None
    bulb: Button | None = None
    autofocus_switch: Button | None = None
    shot_begins: str | None = None
    fired_texts: tuple[str, ...] = ()
    late_event_seconds: float = 0.0
    preparation: KeepAlivePreparation | None = None

    live_view_switch: str | None = None
    first_frame_seconds: float = 4.0
    next_frame_seconds: float = 4.0
    magnification: Magnification | None = None
    magnified_point: PointEntry | None = None
    focus_point: PointEntry | None = None
    closed_aperture: Button | None = None

    focus: str | None = None
    cancel_focus: str | None = None
    drive_focus: str | None = None
    focus_report: FocusReport | None = None
    focus_pulses: Mapping[int, int] = field(default_factory=dict[int, int])

    battery_words: Mapping[str, int] = field(default_factory=dict[str, int])
    awake_seconds: float | None = None
    auto_power_off: str | None = None
    never_off_words: frozenset[str] = frozenset()
