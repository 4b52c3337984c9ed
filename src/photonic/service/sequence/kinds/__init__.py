"""The kinds of sequences, one file each.

A kind is a ``SequenceDefinition``: which request fields it accepts, how many frames a request means and when they are
due, and what differs from frame to frame. Its file also holds every message that only this kind can cause. The fields
themselves are declared in ``photonic.model.sequence``, which clients share. ``registry`` lists the kinds.

A kind is pure: it is given the request and the camera's settings and does no I/O, so that it may import only ``model``,
``protocol`` and ``errors``. Nothing outside this package asks which kind a sequence is.
"""
