"""A camera's settings as gphoto2 prints them, and its spellings of their values."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from photonic.compat.gphoto2.results import ActionFailed, ResultCode
from photonic.model.setting import Choice, Date, Range, Text, Toggle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photonic.model.setting import Setting

SECTIONS = ("actions", "settings", "status", "imgsettings", "capturesettings", "other")
"""The parts of libgphoto2's tree of a PTP camera, in its order."""

OFF = frozenset({"off", "no", "false", "0"})
ON = frozenset({"on", "yes", "true", "1"})
UNKNOWN_TOGGLE = 2
"""What libgphoto2 reports for a toggle that has no state."""


def in_tree_order(settings: Sequence[Setting]) -> list[Setting]:
    """The settings by the parts of the tree; within a part in the service's order."""

    def part(setting: Setting) -> int:
        section = setting.path.split("/")[2:3]
        return SECTIONS.index(section[0]) if section and section[0] in SECTIONS else len(SECTIONS)

    return sorted(settings, key=part)


def found(settings: Sequence[Setting], name: str) -> Setting:
    """The setting with this path, last part of a path, or label. Raises ``ActionFailed`` if there is none."""
    path = "/" + name.strip("/")
    for setting in settings:
        if path in {setting.path, setting.path.removeprefix("/main")} or setting.path.rpartition("/")[2] == name:
            return setting
    for setting in settings:
        if setting.label == name:
            return setting
    raise ActionFailed(ResultCode.BAD_PARAMETERS, f"{name} not found in configuration tree.")


def printed(setting: Setting) -> list[str]:
    """The lines of ``--get-config``."""
    lines = [f"Label: {setting.label}", f"Readonly: {int(not setting.writable)}"]
    match setting:
        case Text():
            lines += ["Type: TEXT", f"Current: {setting.value}"]
        case Range():
            limits = f"Bottom: {setting.minimum:g}", f"Top: {setting.maximum:g}", f"Step: {setting.step:g}"
            lines += ["Type: RANGE", f"Current: {setting.value:g}", *limits]
        case Toggle():
            lines += ["Type: TOGGLE", f"Current: {UNKNOWN_TOGGLE if setting.value is None else int(setting.value)}"]
        case Date():
            seconds = int(setting.value.timestamp())
            written = datetime.fromtimestamp(seconds).astimezone().strftime("%c")
            hint = "Help: Use 'now' as the current time when setting.\n"
            lines += ["Type: DATE", f"Current: {seconds}", f"Printable: {written}", hint]
        case Choice():
            lines += ["Type: RADIO", f"Current: {setting.value}"]
            lines += [f"Choice: {index} {choice}" for index, choice in enumerate(setting.choices)]
    return [*lines, "END"]


def value_of(setting: Setting, text: str, *, by_index: bool = True) -> str | float | bool:
    """What ``--set-config`` means by a text.

    Args:
        setting: The setting that it is for.
        text: What the user wrote.
        by_index: Whether a number that is not a choice is the index of one.

    Raises:
        ActionFailed: It means nothing for this setting.
    """
    match setting:
        case Text():
            return text
        case Range():
            return _within(setting, text)
        case Toggle():
            if text.lower() in OFF | ON:
                return text.lower() in ON
            raise _refused(f"The passed value {text} is not a valid toggle value.")
        case Date():
            return _moment(text)
        case Choice():
            by_number = by_index and text not in setting.choices and text.isascii() and text.isdigit()
            return setting.choices[int(text)] if by_number and int(text) < len(setting.choices) else text


def value_at(setting: Setting, text: str) -> str:
    """What ``--set-config-index`` means by a text. Raises ``ActionFailed`` if it is no index of a choice."""
    if not isinstance(setting, Choice):
        name = setting.path.rpartition("/")[2]
        why = f"The {name} widget has no indexed list of choices. Use --set-config-value instead."
        raise _refused(why)
    if not (text.isascii() and text.isdigit()) or int(text) >= len(setting.choices):
        raise _refused(f"Choice {text} not found within list of choices.")
    return setting.choices[int(text)]


def _within(setting: Range, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise _refused(f"The passed value {text} is not a floating point value.") from None
    if not setting.minimum <= number <= setting.maximum:
        limits = f"{setting.minimum:f} - {setting.maximum:f}"
        raise _refused(f"The passed value {number:f} is not within the expected range {limits}.")
    return number


def _moment(text: str) -> str:
    """A time: ``now``, or seconds since 1970; as ISO 8601."""
    if text.lower() != "now" and not text.isdigit():
        raise _refused(f"The passed value {text} is neither a valid time nor an integer.")
    seconds = time.time() if text.lower() == "now" else int(text)
    return datetime.fromtimestamp(int(seconds), UTC).isoformat()


def _refused(why: str) -> ActionFailed:
    return ActionFailed(ResultCode.BAD_PARAMETERS, why)
