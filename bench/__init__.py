"""Benchmarks, for developers: photonic against the least that any program could do, on the same machine, in one run.

``bench.camera`` compares one viewer with the raw library on the same simulated camera; ``bench.viewers`` compares many
viewers with bare servers that send the same bytes. Not part of the wheel.
"""
