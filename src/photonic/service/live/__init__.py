"""Live view: when it runs (``demand``), and how its frames reach the viewers (``hub``).

Frames are never queued: a slow viewer gets fewer frames, but never old ones, and delays neither the camera nor another
viewer.

Imports: base, errors, machine, media, model, protocol, serving, worker.link.
"""
