"""How long a camera process may take for a command, in seconds from the command's turn, before it is killed.

The library calls inside have limits of their own, which usually expire first.
"""

PREVIEW_SECONDS = 25.0
APPLY_SECONDS = 30.0
SETTINGS_SECONDS = 30.0
FOCUS_SECONDS = 60.0
CAPTURE_SECONDS = 30.0
"""Until the camera process reports the capture's own deadline."""

CANCEL_SECONDS = 10.0
LIST_SECONDS = 600.0
"""A card may hold tens of thousands of photos; each library call has a limit of its own."""

FETCH_SECONDS = 200.0
"""For each object, in addition to the time for its size; each library call has a limit of its own."""

SLOWEST_BYTES_PER_SECOND = 500_000.0
"""The slowest connection worth waiting for; the same as in ``drivers.gphoto2.exposure``."""

DELETE_SECONDS = 15.0
