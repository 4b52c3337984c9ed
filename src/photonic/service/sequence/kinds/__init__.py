"""The kinds of sequences, one file each.

A ``SequenceDefinition`` describes a kind: which request fields it accepts, how many frames a request results in, when
they are due, and how they differ. The kind's file also contains every error message that only this kind can produce.
The fields themselves are declared in ``photonic.model.sequence``, which clients share. ``registry`` lists the kinds.

Kinds are pure: they work on the request and the camera's settings and do no I/O. No code outside this package depends
on the kind of a sequence.

Imports: errors, model, protocol.
"""
