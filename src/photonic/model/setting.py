"""A camera's settings, by type: the value, the possible values, and whether it can be set now."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    RootModel,
    StrictBool,
    StrictFloat,
    StrictInt,
    StringConstraints,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

VALUE_LIMIT = 256
CHANGES_LIMIT = 64


class _Setting(BaseModel):
    """``name``: a common name, such as ``iso``, or else the path; ``path``: the one in libgphoto2.

    ``reason``: why it cannot be set, if known; ``None`` if it can.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    path: str
    label: str
    writable: bool
    reason: str | None = None


class Choice(_Setting):
    """One of ``choices``, which may depend on other settings, especially on the exposure mode."""

    kind: Literal["choice"] = "choice"
    value: str
    choices: tuple[str, ...] = ()


class Range(_Setting):
    """A number from ``minimum`` to ``maximum`` in steps of ``step``."""

    kind: Literal["range"] = "range"
    value: float
    minimum: float
    maximum: float
    step: float


class Toggle(_Setting):
    """On or off; ``None``: the camera does not report it, as with a toggle that triggers an action."""

    kind: Literal["toggle"] = "toggle"
    value: bool | None


class Text(_Setting):
    """Free text."""

    kind: Literal["text"] = "text"
    value: str


class Date(_Setting):
    """The camera's clock. It has no time zone, so its time is given as UTC."""

    kind: Literal["date"] = "date"
    value: datetime


Setting = Annotated[Choice | Range | Toggle | Text | Date, Field(discriminator="kind")]


def _plain(value: object) -> object:
    if not isinstance(value, bool | int | float | str) or (isinstance(value, str) and len(value) > VALUE_LIMIT):
        raise ValueError(f"must be text of at most {VALUE_LIMIT} characters, a number, true or false")
    return value


SettingValue = Annotated[StrictBool | StrictInt | StrictFloat | str, BeforeValidator(_plain)]
SettingKey = Annotated[str, StringConstraints(min_length=1, max_length=VALUE_LIMIT)]


class SettingList(BaseModel):
    """``GET /settings``, and the answer to a change: common ones first. ``rev``: as in the snapshot.

    ``complete`` is false while the service is still reading a slow camera: more settings follow, so request them again.
    """

    rev: int
    settings: tuple[Setting, ...]
    complete: bool = True


class SettingChanges(
    RootModel[Annotated[dict[SettingKey, SettingValue], Field(min_length=1, max_length=CHANGES_LIMIT)]]
):
    """``PATCH /settings``: new values by name, as people write them (``"1/125"``, ``"f/5.6"``, ``400``, ``true``)."""

    @property
    def texts(self) -> dict[str, str]:
        """Each value as text; on and off for a toggle."""
        return texts(self.root)


def texts(values: Mapping[str, SettingValue]) -> dict[str, str]:
    """Each value as text, as the camera process takes it; on and off for a toggle."""
    return {name: _text(value) for name, value in values.items()}


def _text(value: SettingValue) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
