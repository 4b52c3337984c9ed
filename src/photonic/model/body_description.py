"""A camera as it describes itself to libgphoto2: the contents of the files in ``bodies/``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Code = Annotated[str, Field(pattern="^0x[0-9a-f]{4}$")]
"""A number of PTP: an operation, event, property or format."""


class RecordedFrom(StrEnum):
    """Where a description comes from: a real body, a simulated one, or libgphoto2's virtual camera."""

    OWNER = "owner"
    SIMULATED = "simulated"
    VIRTUAL = "virtual"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RecordedAbilities(_Frozen):
    """What libgphoto2 says that its driver can do with this model; numbers are its bit masks."""

    model: str
    operations: int
    file_operations: int
    folder_operations: int
    usb_vendor: int
    usb_product: int


class RecordedDeviceInfo(_Frozen):
    """The dataset DeviceInfo of PTP, read on USB; without the serial number."""

    vendor_extension: int
    manufacturer: str
    model: str
    version: str
    operations: tuple[Code, ...]
    events: tuple[Code, ...]
    properties: tuple[Code, ...]
    capture_formats: tuple[Code, ...]
    image_formats: tuple[Code, ...]


class RecordedSetting(_Frozen):
    """One entry of the configuration; ``limits``: minimum, maximum and step of a range."""

    path: str
    label: str
    kind: Literal["choice", "range", "toggle", "text", "date"]
    value: str
    writable: bool
    choices: tuple[str, ...] = ()
    limits: tuple[float, float, float] | None = None


class RecordedStorage(_Frozen):
    """One card."""

    folder: str
    capacity_kilobytes: int
    free_kilobytes: int


class RecordedTimes(_Frozen):
    """Seconds that each step took; ``None``: not tried, or not possible."""

    open_seconds: float
    settings_seconds: float
    first_preview_seconds: float | None = None
    preview_seconds: float | None = Field(default=None, description="the median of the previews after the first")
    preview_bytes: int | None = None
    capture_seconds: float | None = None


class BodyDescription(_Frozen):
    """One camera, with personal fields replaced. ``problems``: what could not be read, and why."""

    format: Literal[1] = 1
    recorded_from: RecordedFrom
    connection: Literal["usb", "ptpip", "vusb"]
    libgphoto2: str
    photonic: str
    abilities: RecordedAbilities
    device_info: RecordedDeviceInfo | None = None
    settings: tuple[RecordedSetting, ...]
    storages: tuple[RecordedStorage, ...]
    times: RecordedTimes
    problems: tuple[str, ...] = ()
    log: tuple[str, ...] = ()
