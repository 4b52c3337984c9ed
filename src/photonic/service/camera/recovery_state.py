"""What keeps a camera that should be connected from working: an outage, its recovery, or a refusal of live view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.model.status import CameraState
from photonic.protocol.capture import CaptureFailure
from photonic.service.camera.reasons import STARTING, outage_reason, refusal_reason
from photonic.worker.supervision.history import RecoveryHistory
from photonic.worker.supervision.ladder import FailureClass, classify

if TYPE_CHECKING:
    from photonic.errors import CameraError
    from photonic.machine.timekeeping import Timekeeping
    from photonic.model.reason import Reason
    from photonic.worker.link.messages import PreviewChanged

_STATES = {FailureClass.ABSENT: CameraState.ABSENT, FailureClass.BLOCKED: CameraState.BLOCKED}


class RecoveryState:
    """The outage of one camera, and how far its recovery has come, over all of its processes.

    ``outage`` says why the camera is not open; ``None`` if it is open or being opened for the first time.
    """

    def __init__(self, time: Timekeeping) -> None:
        self.outage: CaptureFailure | None = None
        self._outage_reason: Reason | None = None
        self._rung = self._live_rung = 0
        self._recovering_from: Reason | None = None
        self._refusal: Reason | None = None
        self.history = RecoveryHistory(time)

    def state(self, *, up: bool) -> CameraState:
        """The camera's state; ``up``: it is open."""
        if up:
            if self._refusal is not None:
                return CameraState.BLOCKED
            return CameraState.READY if self._recovering_from is None else CameraState.RECOVERING
        if self.outage is None:
            return CameraState.STARTING
        return _STATES.get(classify(self.outage.kind, reported=True), CameraState.RECOVERING)

    def reason(self, *, up: bool) -> Reason | None:
        """The reason for that state; ``None`` if the camera is open and working."""
        if self.outage is not None:
            return self._outage_reason
        return (self._refusal or self._recovering_from) if up else STARTING

    def rung(self, state: CameraState) -> int:
        """The current rung of the recovery ladder in that state; 0 if there is none."""
        if state is CameraState.READY:
            return self._live_rung
        return self._rung if state is CameraState.RECOVERING else 0

    def on_opened(self) -> None:
        """The camera is open, which need not mean that it works."""
        self.outage = None

    def on_outage(self, failure: CameraError, rung: int) -> None:
        """The camera process ended or could not open the camera; ``rung``: the rung of the recovery ladder."""
        self._rung = rung
        self.outage = CaptureFailure(failure.kind, failure.reason)
        self._outage_reason = outage_reason(failure, rung)
        self._recovering_from = self._outage_reason if rung else None
        self._refusal, self._live_rung = None, 0
        self.history.began(rung, failure.reason)

    def on_recovered(self) -> None:
        """Recovery has succeeded: the camera works, and is not merely open."""
        self._rung, self._recovering_from = 0, None
        self.history.worked()

    def on_preview(self, preview: PreviewChanged) -> None:
        """The open camera has started live view, is recovering it, or refuses it."""
        self._live_rung = preview.rung
        self._refusal = refusal_reason(preview)

    def clear(self) -> None:
        """The camera should not be connected any more."""
        self.outage = self._recovering_from = self._refusal = None
