"""The Python client: ``LiveView`` for live view that survives interruptions, ``CameraClient`` for the HTTP API.

Imports ``model``, ``protocol`` and ``errors`` only, none of the service's code. The state machines in ``protocol``
decide when to reconnect; this package does their I/O.
"""
