"""Plain data that every layer shares: frames, captures, settings, status, and the requests and answers of the API.

Values are validated when they are created; no I/O, no clock.

Nothing is re-exported here, so that the camera process can import ``model.frame`` without loading the API models.

Imports: errors.
"""
