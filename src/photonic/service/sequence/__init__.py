"""Sequences: bursts, time-lapses, brackets and focus stacks, one at a time per camera.

``service`` accepts sequences, ``runner`` takes the frames of one, and ``report`` reports on them. ``timing`` and
``kinds`` interpret requests; ``wall_schedule`` schedules a time-lapse after a reboot, and ``lens_travel`` moves the
lens for a focus stack.

The camera controller is passed in through the interfaces in ``camera``. Invariants: a sequence is on disk before its
first frame is due, and the journal accounts for every frame as saved, failed or missed. Each frame is an ordinary
capture, with all its safeguards.

Imports: base, capture, errors, files, journal, library, live, machine, model, photo, protocol, recurring.
"""
