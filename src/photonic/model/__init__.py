"""Plain data that every layer shares: frames, captures, settings, status, and the requests and answers of the API.

Imports nothing of photonic but ``errors``. Values are checked when they are made; no I/O, no clock.

Nothing is re-exported here: the camera process imports ``model.frame`` without paying for the API models.
"""
