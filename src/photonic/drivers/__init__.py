"""Drivers: what opens a camera and speaks to it, one package for each kind of camera.

A driver implements ``worker.roles.Driver`` and runs in the camera process, in one thread. It may import ``model``,
``errors`` and the messages of the link; it may not import the service or another driver.

A call into a driver may hang or end the process: the parent owns the deadlines. What a driver reports about files is
verified by the service.
"""
