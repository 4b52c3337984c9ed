"""Sequences: bursts, time-lapses, brackets and focus stacks, one at a time per camera.

``service`` accepts sequences, ``runner`` takes the frames of one, ``report`` shows what became of them. ``timing`` and
``kinds`` say what a request means; ``wall_schedule`` and ``lens_travel`` serve the runs that need them.

Imports only ``capture`` and the rooms below it. What it needs of the camera is passed in, as the roles of ``camera``.
Two things always hold: a sequence is on the disk before its first frame is due, and the journal accounts for every
frame as saved, failed or missed. Each frame is an ordinary capture: what protects a capture protects a frame too.
"""
