"""Captures: from the request to the photo on record, one at a time per camera.

``service`` accepts, queues and cancels captures; ``job`` is one accepted capture; ``execution`` takes its turn at the
camera; ``recorder`` writes its start and its end to the journal; ``idempotency`` and ``queue`` guard the entrance.

Imports only ``live`` and the rooms below it. The camera, which is above, is passed in as the role ``CaptureCamera``.
What always holds: a capture is in the journal before its shutter fires; it ends exactly once, as saved, or as failed
with a kind and a reason; every wait has a deadline; a photo that was taken is stored whatever happens afterwards.
"""
