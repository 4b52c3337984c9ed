"""Captures: from the request to the recorded photo, one at a time per camera.

``service`` accepts, queues and cancels captures; ``job`` holds the state of one capture; ``execution`` takes and stores
the photo, and ``failures`` says why it could not; ``recorder`` writes the start and the end of a capture to the
journal; ``running`` holds the captures that have not ended, ``queue`` those that wait; ``idempotency`` recognizes
repeated requests.

The camera controller, which is above it, is passed in as ``CaptureCamera``. Invariants: a capture is in the journal
before its shutter fires; it ends exactly once, as saved, or as failed with a kind and a reason; every wait has a
deadline; once a photo is taken, no later failure prevents storing it.

Imports: base, errors, files, journal, library, machine, model, photo, protocol, worker.link.
"""
