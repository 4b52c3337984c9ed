"""The camera process: the loop that drives one camera, its live view, and its end of the link.

No heavy library is imported here, because a camera process has to start within a fraction of a second. The main thread
belongs to the driver and may hang in a library call; a reader thread receives commands, a writer thread helps to send.
The process never waits for its parent, and ends with it.

Imports: errors, link, model, protocol, recurring, roles.
"""
