"""Diagnostics for users: the log, its newest lines, the doctor and the diagnosis bundle.

Invariants: no output of this package contains a secret (``redaction``), and nothing here opens the camera.

Imports: base, config, machine, model, version.
"""
