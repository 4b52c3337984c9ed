"""Converts libgphoto2's widgets to settings, and values back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gphoto2

from photonic.drivers.gphoto2 import native
from photonic.drivers.gphoto2.camera import Setting, SettingKind
from photonic.model.foreign_text import encoded

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

_KINDS: Mapping[int, SettingKind] = {
    gphoto2.GP_WIDGET_RADIO: SettingKind.CHOICE,
    gphoto2.GP_WIDGET_MENU: SettingKind.CHOICE,
    gphoto2.GP_WIDGET_RANGE: SettingKind.RANGE,
    gphoto2.GP_WIDGET_TOGGLE: SettingKind.TOGGLE,
    gphoto2.GP_WIDGET_TEXT: SettingKind.TEXT,
    gphoto2.GP_WIDGET_DATE: SettingKind.DATE,
}
_FOLDERS = (gphoto2.GP_WIDGET_WINDOW, gphoto2.GP_WIDGET_SECTION)


def leaves(widget: gphoto2.CameraWidget, above: str = "") -> Generator[tuple[str, gphoto2.CameraWidget]]:
    """Every widget that has a value, with its path; buttons have no value."""
    path = f"{above}/{native.widget_name(widget)}"
    if widget.get_type() in _FOLDERS:
        for index in range(widget.count_children()):
            yield from leaves(widget.get_child(index), path)
    elif widget.get_type() in _KINDS:
        yield path, widget


def setting_of(widget: gphoto2.CameraWidget, name: str, path: str = "") -> Setting:
    """Convert one widget to a setting."""
    kind = _KINDS.get(widget.get_type(), SettingKind.TEXT)
    numeric = kind in (SettingKind.RANGE, SettingKind.TOGGLE, SettingKind.DATE)
    value = widget.get_value() if numeric else native.widget_text(widget)
    choices = native.widget_choices(widget) if kind is SettingKind.CHOICE else ()
    low, high, step = widget.get_range() if kind is SettingKind.RANGE else (0.0, 0.0, 0.0)
    return Setting(
        name,
        str(value),
        choices,
        # An entry without choices cannot be set, and setting one has crashed some versions of the library.
        writable=not widget.get_readonly() and (kind is not SettingKind.CHOICE or bool(choices)),
        kind=kind,
        limits=(low, high, step) if kind is SettingKind.RANGE else None,
        path=path,
        label=native.widget_label(widget),
    )


def set_value(widget: gphoto2.CameraWidget, value: str | int) -> None:
    """Put a setting's value into its widget, as the widget's type."""
    match _KINDS.get(widget.get_type()):
        case SettingKind.RANGE:
            widget.set_value(float(value))
        case SettingKind.TOGGLE | SettingKind.DATE:
            widget.set_value(int(value))
        case _:
            native.set_widget_text(widget, encoded(str(value)))
