"""The driver for cameras that only deliver pictures: V4L2 devices, streams and pictures from the network, files.

Each kind is a ``Source``; ``driver`` makes a camera of any of them. Only ``linux_video`` imports ``linuxpy``, which is
an optional dependency (an import contract).

A photo is a complete JPEG as it arrived. Credentials of an address appear in no message.

Imports: errors, model, worker.child, worker.link, worker.roles, worker.supervision.
"""
