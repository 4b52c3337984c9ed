"""One capture as a state machine: queued, preparing, exposing, downloading, saved or failed.

The table below is the whole machine. An event without a transition raises ``IllegalTransition`` and changes nothing.
``cancel`` is possible only before the exposure: a photo that was taken is never discarded.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from photonic.errors import FailureKind, IllegalTransition
from photonic.model.status import CapturePhase

if TYPE_CHECKING:
    from collections.abc import Mapping


class CaptureEvent(StrEnum):
    """The events of a capture."""

    PREPARE = "prepare"
    EXPOSE = "expose"
    DOWNLOAD = "download"
    SAVE = "save"
    FAIL = "fail"
    CANCEL = "cancel"


TRANSITIONS: Mapping[CapturePhase, Mapping[CaptureEvent, CapturePhase]] = {
    CapturePhase.QUEUED: {
        CaptureEvent.PREPARE: CapturePhase.PREPARING,
        CaptureEvent.FAIL: CapturePhase.FAILED,
        CaptureEvent.CANCEL: CapturePhase.FAILED,
    },
    CapturePhase.PREPARING: {
        CaptureEvent.EXPOSE: CapturePhase.EXPOSING,
        CaptureEvent.FAIL: CapturePhase.FAILED,
        CaptureEvent.CANCEL: CapturePhase.FAILED,
    },
    CapturePhase.EXPOSING: {
        CaptureEvent.DOWNLOAD: CapturePhase.DOWNLOADING,
        CaptureEvent.FAIL: CapturePhase.FAILED,
    },
    CapturePhase.DOWNLOADING: {
        CaptureEvent.SAVE: CapturePhase.SAVED,
        CaptureEvent.FAIL: CapturePhase.FAILED,
    },
    CapturePhase.SAVED: {},
    CapturePhase.FAILED: {},
}


@dataclass(frozen=True, slots=True)
class CaptureFailure:
    """Why a capture failed; ``reason`` is a sentence for people."""

    kind: FailureKind
    reason: str


class CaptureMachine:
    """The progress of one capture; ``phase`` changes by ``TRANSITIONS`` only."""

    def __init__(self) -> None:
        self._phase = CapturePhase.QUEUED
        self._failure: CaptureFailure | None = None

    @property
    def phase(self) -> CapturePhase:
        """The present phase."""
        return self._phase

    @property
    def failure(self) -> CaptureFailure | None:
        """Why it failed; ``None`` unless the phase is ``FAILED``."""
        return self._failure

    @property
    def ended(self) -> bool:
        """Whether the phase is final."""
        return not TRANSITIONS[self._phase]

    def prepare(self) -> None:
        """The capture has left the queue: the camera is being prepared."""
        self._move(CaptureEvent.PREPARE)

    def expose(self) -> None:
        """The shutter is being released; from now on there may be a photo."""
        self._move(CaptureEvent.EXPOSE)

    def download(self) -> None:
        """The exposure is over; the photo is being downloaded."""
        self._move(CaptureEvent.DOWNLOAD)

    def save(self) -> None:
        """Every file of the photo is saved and in the index."""
        self._move(CaptureEvent.SAVE)

    def fail(self, kind: FailureKind, reason: str) -> None:
        """End the capture without a photo, from any phase that is not final."""
        self._move(CaptureEvent.FAIL)
        self._failure = CaptureFailure(kind, reason)

    def cancel(self, reason: str = "cancelled on request before the exposure") -> None:
        """End the capture on request; only before the exposure."""
        self._move(CaptureEvent.CANCEL)
        self._failure = CaptureFailure(FailureKind.CANCELLED, reason)

    def _move(self, event: CaptureEvent) -> None:
        phase = TRANSITIONS[self._phase].get(event)
        if phase is None:
            raise IllegalTransition(self._phase, event)
        self._phase = phase
