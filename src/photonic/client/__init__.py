"""The Python client: ``LiveView`` for live view that survives interruptions, ``CameraClient`` for the HTTP API.

May import ``model``, ``protocol`` and ``errors``; it knows nothing of the service's code. Decisions about reconnecting
are made by the machines in ``protocol``; this package does their I/O.
"""
