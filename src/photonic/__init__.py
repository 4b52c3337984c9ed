"""Photonic: live view that never freezes and captures that are never lost, for tethered cameras.

Public names are imported on first use: the camera process imports this package too, and must not load the HTTP and
WebSocket libraries of the client.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from photonic.client.camera import CameraClient
    from photonic.client.live import LiveView, StateChange
    from photonic.client.progress import CaptureProgress
    from photonic.client.statistics import LiveStatistics
    from photonic.errors import (
        AccessRefused,
        BadInput,
        CameraError,
        CaptureError,
        FailureKind,
        IllegalTransition,
        PhotonicError,
        ProtocolError,
        ServiceError,
        StorageError,
    )
    from photonic.model.frame import Frame, Scale
    from photonic.model.status import Snapshot
    from photonic.protocol.session_events import SessionState
    from photonic.version import __version__

_HOMES = {
    "AccessRefused": "photonic.errors",
    "BadInput": "photonic.errors",
    "CameraClient": "photonic.client.camera",
    "CameraError": "photonic.errors",
    "CaptureError": "photonic.errors",
    "CaptureProgress": "photonic.client.progress",
    "FailureKind": "photonic.errors",
    "Frame": "photonic.model.frame",
    "IllegalTransition": "photonic.errors",
    "LiveStatistics": "photonic.client.statistics",
    "LiveView": "photonic.client.live",
    "PhotonicError": "photonic.errors",
    "ProtocolError": "photonic.errors",
    "Scale": "photonic.model.frame",
    "ServiceError": "photonic.errors",
    "SessionState": "photonic.protocol.session_events",
    "Snapshot": "photonic.model.status",
    "StateChange": "photonic.client.live",
    "StorageError": "photonic.errors",
    "__version__": "photonic.version",
}

__all__ = [
    "AccessRefused",
    "BadInput",
    "CameraClient",
    "CameraError",
    "CaptureError",
    "CaptureProgress",
    "FailureKind",
    "Frame",
    "IllegalTransition",
    "LiveStatistics",
    "LiveView",
    "PhotonicError",
    "ProtocolError",
    "Scale",
    "ServiceError",
    "SessionState",
    "Snapshot",
    "StateChange",
    "StorageError",
    "__version__",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
