"""The session machine's steps as plain lists, to be kept in a file and played on every implementation of the machine.

A vector is ``{name, jitter, give_up_after, steps}``; ``jitter`` is the number that every draw gives, or the draws in
their order; a step is ``[now, input, outputs]``, an input or output a list that begins with its name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from photonic.model.api import CompatStatusAnswer
from photonic.model.status import CameraState, CameraStatus, LiveState, LiveStatus, Snapshot
from photonic.protocol.session import Session
from photonic.protocol.session_events import (
    AskPreviewRestart,
    Close,
    Closed,
    Dial,
    FrameArrived,
    FromSocket,
    FromStatus,
    GetStatus,
    Input,
    Notify,
    Opened,
    Output,
    Show,
    SnapshotArrived,
    Start,
    StatusError,
    Stop,
    Tick,
)

if TYPE_CHECKING:
    from collections.abc import Callable

Step = list[Any]
Vector = dict[str, Any]


class RecordedSession(Session):
    """Keeps every step, and every draw of its dice; ``digits`` of a time are kept, ``None``: all."""

    def __init__(
        self, *, jitter: Callable[[], float], give_up_after_seconds: float | None = None, digits: int | None = None
    ) -> None:
        super().__init__(jitter=self._drawn, give_up_after_seconds=give_up_after_seconds)
        self._dice = jitter
        self._digits = digits
        self.draws: list[float] = []
        self.steps: list[Step] = []

    def handle(self, event: Input, now: float) -> tuple[Output, ...]:
        """As the machine does, which is asked at the time that is kept."""
        now = now if self._digits is None else round(now, self._digits)
        outputs = super().handle(event, now)
        self.steps.append([now, words_of_input(event), [words_of_output(output) for output in outputs]])
        return outputs

    def vector(self, name: str) -> Vector:
        """Everything up to now, to be played again."""
        return {"name": name, "jitter": self.draws, "give_up_after": None, "steps": self.steps}

    def _drawn(self) -> float:
        self.draws.append(self._dice())
        return self.draws[-1]


def replay(vector: Vector) -> list[list[list[Any]]]:
    """What the Python machine says to each step of a vector."""
    jitter: float = vector["jitter"]
    session = Session(jitter=lambda: jitter, give_up_after_seconds=vector["give_up_after"])
    return [
        [words_of_output(output) for output in session.handle(input_out_of(words), now)]
        for now, words, _outputs in vector["steps"]
    ]


def input_out_of(words: list[Any]) -> Input:
    """The input that a step's words stand for."""
    match words:
        case ["start"]:
            return Start()
        case ["stop"]:
            return Stop()
        case ["tick"]:
            return Tick()
        case ["opened", gen]:
            return Opened(gen)
        case ["closed", gen, code, *retry_after]:
            return Closed(gen, code, *retry_after)
        case ["frame", gen, seq, valid]:
            return FrameArrived(gen, seq, valid)
        case ["push", gen, reported]:
            return SnapshotArrived(FromSocket(gen), _reported(reported))
        case ["answer", req, reported]:
            return SnapshotArrived(FromStatus(req), _reported(reported))
        case ["status_error", req, status, *retry_after]:
            return StatusError(req, status, *retry_after)
        case _:
            raise AssertionError(words)


def words_of_input(event: Input) -> list[Any]:
    """The words that stand for an input."""
    match event:
        case Start() | Stop() | Tick():
            return [type(event).__name__.lower()]
        case Opened(gen):
            return ["opened", gen]
        case Closed(gen, code, retry_after):
            return ["closed", gen, code, *_if_given(retry_after)]
        case FrameArrived(gen, seq, valid):
            return ["frame", gen, seq, valid]
        case SnapshotArrived(source, reported):
            where = ["push", source.gen] if isinstance(source, FromSocket) else ["answer", source.req]
            return [*where, _words_of_snapshot(reported)]
        case StatusError(req, status, retry_after):
            return ["status_error", req, status, *_if_given(retry_after)]


def words_of_output(output: Output) -> list[Any]:
    """The words that stand for an output."""
    match output:
        case Dial(gen):
            return ["dial", gen]
        case Close(gen):
            return ["close", gen]
        case GetStatus(req):
            return ["get_status", req]
        case Notify(state, reason):
            return ["notify", state.value, reason]
        case Show(gen, seq):
            return ["show", gen, seq]
        case AskPreviewRestart():
            return ["restart_preview"]
        case _:
            return ["wake", output.at]


def _if_given(seconds: float | None) -> list[float]:
    return [] if seconds is None else [seconds]


def _reported(reported: dict[str, Any]) -> Snapshot | CompatStatusAnswer:
    if "boot_id" not in reported:
        return CompatStatusAnswer(is_capturing=reported["is_capturing"])
    camera, live = reported["camera"], reported["live"]
    return Snapshot(
        boot_id=reported["boot_id"],
        rev=reported["rev"],
        now_us=0,
        camera=CameraStatus(id="1", state=CameraState(camera["state"]), reason=camera["reason"]),
        live=LiveStatus(
            state=LiveState(live["state"]),
            reason=live["reason"],
            resume_by_seconds=live["resume_by_seconds"],
            seq=live["seq"],
        ),
    )


def _words_of_snapshot(reported: Snapshot | CompatStatusAnswer) -> dict[str, Any]:
    if isinstance(reported, CompatStatusAnswer):
        return {"is_capturing": reported.is_capturing}
    live = reported.live
    return {
        "boot_id": reported.boot_id,
        "rev": reported.rev,
        "camera": {"state": reported.camera.state.value, "reason": reported.camera.reason},
        "live": {
            "state": live.state.value,
            "reason": live.reason,
            "resume_by_seconds": live.resume_by_seconds,
            "seq": live.seq,
        },
    }
