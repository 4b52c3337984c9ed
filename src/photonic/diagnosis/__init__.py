"""``photonic doctor``: finds problems and names the command that fixes each.

Functions ``inspect_*`` collect facts and change nothing; functions ``judge_*`` turn facts into findings without I/O.
Every probe has a deadline. May import the service's settings and files, the worker's supervision and the client.
"""
