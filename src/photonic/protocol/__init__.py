"""The protocol between service and client: state machines and codecs without I/O, clock or randomness.

Time and random numbers are passed in, so every machine can be replayed.

Imports: errors, model.
"""
