"""The status as text: what the camera, live view and captures are doing, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.model.exposure import number_text, shutter_text

if TYPE_CHECKING:
    from collections.abc import Container

    from photonic.model.exif import ExifFacts
    from photonic.model.status import CaptureStatus, LiveStatus, SequenceStatus, Snapshot, ViewerStatus


def camera_text(snapshot: Snapshot) -> str:
    """The camera in one line: ``ready``, or ``absent: no camera found``."""
    state = snapshot.camera.state.value
    return f"{state}: {snapshot.camera.reason}" if snapshot.camera.reason else state


def live_text(live: LiveStatus, shown: Container[str | None] = (None,)) -> str:
    """Live view in one line, with the remaining time of a pause. Leaves out a reason in ``shown``."""
    text = live.state.value if live.reason in shown else f"{live.state.value}: {live.reason}"
    if live.resume_by_seconds is not None:
        text += f" (resumes within {live.resume_by_seconds:.1f} s)"
    return text


def capture_text(capture: CaptureStatus) -> str:
    """A running capture in one line: phase, elapsed time, time left."""
    text = f"{capture.phase.value} for {capture.elapsed_seconds:.1f} s"
    if capture.remaining_seconds is not None:
        text += f", at most {capture.remaining_seconds:.0f} s left"
    return text


def sequence_text(sequence: SequenceStatus) -> str:
    """A running sequence in one line: its frames, the time to the next one and to the end."""
    parts = [f"{sequence.phase.value}: {sequence.saved} of {sequence.total}"]
    parts += [f"{count} {what}" for count, what in ((sequence.failed, "failed"), (sequence.missed, "missed")) if count]
    if sequence.next_in_seconds is not None:
        parts.append(f"next in {sequence.next_in_seconds:.0f} s")
    if sequence.remaining_seconds is not None:
        parts.append(f"{sequence.remaining_seconds:.0f} s left")
    return ", ".join(parts)


def exposure_text(exif: ExifFacts) -> str:
    """A photo's known exposure facts in one line: ``1/125 s  f/5.6  ISO 400  50 mm  EF50mm f/1.8 STM``."""
    shutter, aperture, focal_length = exif.exposure_seconds, exif.f_number, exif.focal_length_mm
    facts = (
        None if shutter is None else f"{shutter_text(shutter)} s",
        None if aperture is None else f"f/{number_text(aperture)}",
        None if exif.iso is None else f"ISO {exif.iso}",
        None if focal_length is None else f"{number_text(focal_length)} mm",
        exif.lens,
    )
    return "  ".join(fact for fact in facts if fact is not None)


def viewer_text(viewer: ViewerStatus) -> str:
    """The size of the frames, and why the service reduced it."""
    return f"{viewer.scale.value} size" + (f": {viewer.reason}" if viewer.reason else "")


def status_rows(snapshot: Snapshot) -> list[tuple[str, str]]:
    """The whole status as rows of a name and a text."""
    rows = [
        ("camera", snapshot.camera.model or "none"),
        ("id", snapshot.camera.id or "unknown"),
        ("state", camera_text(snapshot)),
        ("live view", live_text(snapshot.live, (None, snapshot.camera.reason))),
        ("rate", f"{snapshot.live.fps:.1f} frames/s to {snapshot.live.viewers} viewers"),
        ("photos", "not known yet" if snapshot.capture_count is None else str(snapshot.capture_count)),
    ]
    if (sequence := snapshot.sequence) is not None:
        rows.append((f"{sequence.kind.replace('_', ' ')} {sequence.session_id}", sequence_text(sequence)))
    rows += [(f"capture {capture.session_id}", capture_text(capture)) for capture in snapshot.captures]
    return rows
