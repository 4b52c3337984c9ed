"""A simulated camera on the network that the real libgphoto2 drives over PTP/IP.

``body`` and what it owns (shutter, viewfinder, card, dials, power, faults) do no I/O and receive the time as an
argument; ``canon``, ``nikon`` and ``generic`` translate a maker's operations; ``server`` and ``control`` own sockets
and clock; ``camera`` assembles them. Every exposure is recorded in its journal, so that tests can compare reports with
facts.

``usb`` puts bodies on a simulated USB bus, and ``video`` is a simulated webcam; programs that run beside them see them.

Imports: errors, machine, ptp.
"""
