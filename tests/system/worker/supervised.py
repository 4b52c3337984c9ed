"""What the fixtures of these tests give: a running supervisor, and the listener that hears of its camera."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from tests.support.recording import RecordingListener

from photonic.worker.supervision.supervisor import Supervisor

Supervise = Callable[..., AbstractAsyncContextManager[tuple[Supervisor, RecordingListener]]]
Camera = Callable[..., AbstractAsyncContextManager[tuple[Supervisor, RecordingListener]]]
