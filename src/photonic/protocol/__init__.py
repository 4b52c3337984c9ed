"""The protocol between service and client: state machines and codecs without I/O, clock or randomness.

May import ``model`` and ``errors`` only. Time and random numbers are passed in, so every machine can be replayed.
"""
