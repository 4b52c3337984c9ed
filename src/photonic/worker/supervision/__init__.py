"""The parent's side of a camera process: starting, watching, killing and replacing it, and owning its camera.

Of ``child``, only ``printed`` is imported; a driver is named by its module and runs in its own process. Runs in one
event loop. Invariants: a camera has at most one process, every command is answered exactly once, every process is
reaped before its supervisor ends, and pure functions (``ladder``, ``deadline``) decide about a failure before anything
is done.

Imports: child, errors, host, link, machine, model, protocol, recurring, roles, serials.
"""
