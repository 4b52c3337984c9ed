"""Many viewers in one process: it reads headers, counts pictures and discards them unseen.

The kernel discards the JPEGs (``MSG_TRUNC``), so that the viewers cost less than the server that is measured.
"""
