"""The Python client: ``LiveView`` for live view that survives interruptions, ``CameraClient`` for the HTTP API.

It uses none of the service's code. The state machines in ``protocol`` decide when to reconnect; this package does their
I/O.

Imports: errors, model, protocol.
"""
