"""PTP and PTP/IP as a camera speaks them: codes, datasets, packets and the responder, without I/O or clock."""
