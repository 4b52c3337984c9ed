"""The floor of the measurement: the least that a server must do.

The same bytes go to every viewer, with nothing around them, in a process of its own. It imports nothing of the service.
"""
