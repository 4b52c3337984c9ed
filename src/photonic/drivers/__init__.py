"""Drivers: what opens a camera and speaks to it, one package for each kind of camera.

A driver implements ``worker.roles.Driver`` and runs in the camera process, in one thread. It imports neither the
service nor another driver (import contracts).

A call into a driver may hang or end the process: the parent owns the deadlines. What a driver reports about files is
verified by the service.

Imports: errors, machine, model, ptp, worker.child, worker.link, worker.roles, worker.serials, worker.supervision.
"""
