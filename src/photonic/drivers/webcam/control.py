"""One control of a webcam, and the parser for its values as people write them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from photonic.errors import BadInput
from photonic.worker.link.setting_messages import SettingEntry

if TYPE_CHECKING:
    from collections.abc import Mapping

_TRUTHS = {"on": 1, "true": 1, "yes": 1, "1": 1, "off": 0, "false": 0, "no": 0, "0": 0}
_NUMBER = re.compile(r"[+-]?[0-9]{1,12}(\.0{1,6})?")


class ControlKind(StrEnum):
    """The supported types of V4L2 controls; others are left out."""

    RANGE = "range"
    TOGGLE = "toggle"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Control:
    """One control.

    ``limits``: minimum, maximum and step of a range. ``menu``: the texts of a choice by their number. ``reason``: why
    it cannot be set now; ``None`` when it can.
    """

    name: str
    label: str
    kind: ControlKind
    value: int
    limits: tuple[int, int, int] = (0, 1, 1)
    menu: Mapping[int, str] = field(default_factory=dict[int, str])
    reason: str | None = None

    def parsed(self, text: str) -> int:
        """Parse a value as a person writes it. Raises ``BadInput`` with the valid values."""
        if self.reason is not None:
            raise BadInput(f"{self.name}: {self.reason}", field=self.name)
        match self.kind:
            case ControlKind.TOGGLE:
                return self._truth(text)
            case ControlKind.CHOICE:
                return self._choice(text)
            case ControlKind.RANGE:
                return self._number(text)

    def entry(self) -> SettingEntry:
        """Convert it to a setting for the link."""
        value: str | float | bool = float(self.value)
        if self.kind is ControlKind.TOGGLE:
            value = bool(self.value)
        elif self.kind is ControlKind.CHOICE:
            value = self.menu.get(self.value, str(self.value))
        return SettingEntry(
            name=self.name,
            path=f"/v4l2/{self.name}",
            label=self.label,
            kind=self.kind.value,
            value=value,
            choices=tuple(self.menu.values()),
            limits=self.limits if self.kind is ControlKind.RANGE else None,
            writable=self.reason is None,
            reason=self.reason,
        )

    def _truth(self, text: str) -> int:
        truth = _TRUTHS.get(text.strip().casefold())
        if truth is None:
            raise BadInput(f"{self.name}: use on or off, not {text[:40]!r}", field=self.name, choices=("on", "off"))
        return truth

    def _choice(self, text: str) -> int:
        plain = " ".join(text.casefold().split())
        for number, entry in self.menu.items():
            if " ".join(entry.casefold().split()) == plain:
                return number
        choices = tuple(self.menu.values())
        raise BadInput(
            f"{self.name}: use one of {', '.join(choices)}, not {text[:40]!r}", field=self.name, choices=choices
        )

    def _number(self, text: str) -> int:
        low, high, step = self.limits
        number = float(text) if _NUMBER.fullmatch(text.strip()) else math.nan
        if not low <= number <= high:
            raise BadInput(f"{self.name}: use a whole number from {low} to {high}, not {text[:40]!r}", field=self.name)
        off = (int(number) - low) % max(1, step)
        if off:
            below = int(number) - off
            raise BadInput(
                f"{self.name}: use a number from {low} to {high} in steps of {step}; "
                f"nearest: {below}, {min(high, below + step)}",
                field=self.name,
            )
        return int(number)
