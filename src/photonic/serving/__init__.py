"""What every server of photonic shares: the part of its access control and its network side that does I/O.

Imports: access.
"""
