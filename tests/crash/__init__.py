"""States that a loss of power may leave of a real run, and whether every promise holds in each of them.

A run of the real service is recorded call by call (``recorder``, strace). ``system_calls`` and ``interpreter`` turn
the record into operations on one tree of files; ``models`` derives the states that a disk may be in after a loss of
power at any moment; ``replay`` writes such a state into a folder, and ``judge`` looks at it. ``system_calls``,
``interpreter``, ``operations``, ``models`` and ``promises`` do no input or output.
"""
