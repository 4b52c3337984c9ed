"""A simulated camera on the network that the real libgphoto2 drives over PTP/IP.

``body`` and what it owns (shutter, viewfinder, card, dials, power, faults) do no I/O and take the time as an argument;
``canon``, ``nikon`` and ``generic`` translate a maker's operations; ``server`` and ``control`` own sockets and clock;
``camera`` puts them together. The package imports ``photonic.ptp`` and ``photonic.errors`` only. Whatever is exposed is
in its journal, so that tests can compare claims with facts.
"""
