"""PTP (ISO 15740) on PTP/IP (CIPA DC-005) and on USB, without I/O: codes, datasets, packets, and the camera's side.

Bytes and times go in; values and actions come out. Malformed bytes raise ``ProtocolError`` and nothing else.

Imports: errors.
"""
