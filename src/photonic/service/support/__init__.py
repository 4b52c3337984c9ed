"""Diagnostics for users: the log, its newest lines, the doctor and the diagnosis bundle.

May import ``config`` and lower packages. Invariants: no output of this package contains a secret (``redaction``), and
nothing here opens the camera.
"""
