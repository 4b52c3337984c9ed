"""How long a camera process may take for a command, in seconds from the command's turn; past it, it is killed.

The library calls inside have limits of their own, which come first as a rule.
"""

PREVIEW_SECONDS = 25.0
APPLY_SECONDS = 30.0
SETTINGS_SECONDS = 30.0
FOCUS_SECONDS = 60.0
CAPTURE_SECONDS = 30.0
"""Until the camera process names the capture's own deadline."""

CANCEL_SECONDS = 10.0
LIST_SECONDS = 600.0
"""A card may hold tens of thousands of photos; each call in it has a limit of its own."""

FETCH_SECONDS = 200.0
"""For one object beside what its size takes; the library calls inside are limited one by one."""

SLOWEST_BYTES_PER_SECOND = 500_000.0
"""As ``drivers.gphoto2.exposure`` has it: the slowest link worth waiting for."""

DELETE_SECONDS = 15.0
