"""A webcam's controls as settings: listed, changed all or none, held for live view, changed for a capture."""

from __future__ import annotations

import difflib
from contextlib import contextmanager
from typing import TYPE_CHECKING

from photonic.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from photonic.drivers.webcam.control import Control
    from photonic.drivers.webcam.source import Source
    from photonic.worker.link.messages import Profiles
    from photonic.worker.link.setting_messages import SettingEntry

NONE_AT_ALL = "this camera has no settings: it only delivers pictures"


class WebcamSettings:
    """The settings of one source. Each method raises ``CameraError`` when the source has to be reopened."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._capture: dict[str, str] = {}

    def listed(self) -> tuple[SettingEntry, ...]:
        """All settings and their values."""
        return tuple(control.entry() for control in self._source.controls())

    def change(self, values: Mapping[str, str]) -> None:
        """Set these, all or none. Raises ``BadInput`` with field and choices."""
        self._put(self._parsed(values))

    def apply(self, profiles: Profiles) -> None:
        """Set those for live view, and keep those for captures. Raises ``BadInput``, and then changes nothing."""
        if profiles.exposure_mode is not None:
            raise BadInput("this camera has no exposure mode", field="exposure_mode")
        self._parsed(profiles.capture)
        self.change(profiles.live)
        self._capture = dict(profiles.capture)

    @contextmanager
    def for_capture(self, settings: Mapping[str, str]) -> Generator[bool]:
        """Apply settings for a capture, over those of the profile, and restore them; yield whether any changed."""
        wanted = self._parsed({**self._capture, **settings})
        before = {control.name: control.value for control in self._source.controls() if control.name in wanted}
        changed = {name: value for name, value in wanted.items() if before[name] != value}
        self._put(changed)
        try:
            yield bool(changed)
        finally:
            self._source.set_controls({name: before[name] for name in changed})

    def _put(self, wanted: Mapping[str, int]) -> None:
        before = {control.name: control.value for control in self._source.controls()} if wanted else {}
        done: list[str] = []
        try:
            for name, value in wanted.items():
                done.append(name)
                self._source.set_controls({name: value})
        except BadInput as error:
            self._source.set_controls({name: before[name] for name in reversed(done[:-1])})
            raise BadInput(f"{error.reason}; nothing was changed", field=done[-1]) from error

    def _parsed(self, values: Mapping[str, str]) -> dict[str, int]:
        if not values:
            return {}
        controls = {control.name: control for control in self._source.controls()}
        return {control.name: control.parsed(values[name]) for name, control in _found(values, controls)}


def _found(values: Mapping[str, str], controls: Mapping[str, Control]) -> list[tuple[str, Control]]:
    pairs: list[tuple[str, Control]] = []
    for name in values:
        plain = name.strip().casefold().removeprefix("/v4l2/").replace(" ", "_").replace("-", "_")
        control = controls.get(plain)
        if control is None:
            near = difflib.get_close_matches(plain, controls, n=3)
            hint = f"nearest: {', '.join(near)}" if near else f"it has {', '.join(controls)}"
            reason = f"this camera has no {name[:40]}; {hint}" if controls else f"no {name[:40]}: {NONE_AT_ALL}"
            raise BadInput(reason, field=name, choices=tuple(controls))
        if any(control is other for _name, other in pairs):
            raise BadInput(f"{name}: this setting is given twice", field=name)
        pairs.append((name, control))
    return pairs
