"""The parent's side of a camera process: starting, watching, killing and replacing it, and owning its camera.

Imports ``worker.link`` and ``worker.child.printed``, never a driver: a driver is named by its module and runs in its
own process. Runs in one event loop. True throughout: a camera has at most one process, every command is answered
exactly once, no process outlives its supervisor unreaped, and a decision about a failure is made by pure functions
(``ladder``, ``deadline``) before anything is done.
"""
