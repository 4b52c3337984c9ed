"""A status in words: what the camera, the live view and the captures are doing, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.model.exposure import number_text, shutter_text

if TYPE_CHECKING:
    from collections.abc import Container

    from photonic.model.exif import ExifFacts
    from photonic.model.status import CaptureStatus, LiveStatus, SequenceStatus, Snapshot, ViewerStatus


def camera_words(snapshot: Snapshot) -> str:
    """The camera in one line: ``ready``, or ``absent: no camera found``."""
    state = snapshot.camera.state.value
    return f"{state}: {snapshot.camera.reason}" if snapshot.camera.reason else state


def live_words(live: LiveStatus, told: Container[str | None] = (None,)) -> str:
    """The live view in one line; a pause with the time left until it ends. Reasons ``told`` already are left out."""
    words = live.state.value if live.reason in told else f"{live.state.value}: {live.reason}"
    if live.resume_by_seconds is not None:
        words += f" (goes on in {live.resume_by_seconds:.1f} s at the latest)"
    return words


def capture_words(capture: CaptureStatus) -> str:
    """One running capture in one line: phase, time so far, time left."""
    words = f"{capture.phase.value} for {capture.elapsed_seconds:.1f} s"
    if capture.remaining_seconds is not None:
        words += f", {capture.remaining_seconds:.0f} s left at the most"
    return words


def sequence_words(sequence: SequenceStatus) -> str:
    """A running sequence in one line: its frames, and when the next one and the last one are due."""
    words = [f"{sequence.phase.value}: {sequence.saved} of {sequence.total}"]
    words += [f"{count} {what}" for count, what in ((sequence.failed, "failed"), (sequence.missed, "missed")) if count]
    if sequence.next_in_seconds is not None:
        words.append(f"next in {sequence.next_in_seconds:.0f} s")
    if sequence.remaining_seconds is not None:
        words.append(f"{sequence.remaining_seconds:.0f} s left")
    return ", ".join(words)


def exposure_words(exif: ExifFacts) -> str:
    """How a photo was taken, in one line: ``1/125 s  f/5.6  ISO 400  50 mm  EF50mm f/1.8 STM``; what is known of it."""
    shutter, aperture, focal_length = exif.exposure_seconds, exif.f_number, exif.focal_length_mm
    words = (
        None if shutter is None else f"{shutter_text(shutter)} s",
        None if aperture is None else f"f/{number_text(aperture)}",
        None if exif.iso is None else f"ISO {exif.iso}",
        None if focal_length is None else f"{number_text(focal_length)} mm",
        exif.lens,
    )
    return "  ".join(word for word in words if word is not None)


def viewer_words(viewer: ViewerStatus) -> str:
    """The size of the pictures, and why they are small where nobody asked for that."""
    return f"{viewer.scale.value} size" + (f": {viewer.reason}" if viewer.reason else "")


def status_rows(snapshot: Snapshot) -> list[tuple[str, str]]:
    """The whole status as rows of a name and words."""
    rows = [
        ("camera", snapshot.camera.model or "none"),
        ("id", snapshot.camera.id or "unknown"),
        ("state", camera_words(snapshot)),
        ("live view", live_words(snapshot.live, (None, snapshot.camera.reason))),
        ("rate", f"{snapshot.live.fps:.1f} frames/s to {snapshot.live.viewers} viewers"),
        ("photos", "not known yet" if snapshot.capture_count is None else str(snapshot.capture_count)),
    ]
    if (sequence := snapshot.sequence) is not None:
        rows.append((f"{sequence.kind.replace('_', ' ')} {sequence.session_id}", sequence_words(sequence)))
    rows += [(f"capture {capture.session_id}", capture_words(capture)) for capture in snapshot.captures]
    return rows
