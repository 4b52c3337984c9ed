"""Many viewers: the service's processor time, memory and latency against two bare servers that send the same bytes.

Server and viewers run in processes of their own, each side pinned to its core. The viewers read headers only and let
the kernel discard the JPEGs: what a browser does with a frame is not the server's cost.
"""
