"""The whole service in a deterministic simulation: one seed makes one history.

The real service runs in one process, on a clock, a disk, a camera process and users that are simulated. All state
belongs to one history; only what is installed under ``os`` and SQLite is global while a history runs.
"""
