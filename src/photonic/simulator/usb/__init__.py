"""Simulated bodies on a simulated USB bus, in user space: what the kernel, sysfs and udev show of them.

``identity`` and ``descriptors`` say what a body is on USB; ``device`` answers control transfers and joins the PTP
responder to endpoints; ``usbfs`` serves the ioctls of open device nodes; ``preload`` speaks the protocol of umockdev's
preload library; ``sysfs`` and ``uevent`` are the tree and the messages of udev. None of them does I/O. ``bus_folder``
owns the files, ``bus`` the sockets and the clock; ``beside`` runs a program that sees them.

Imports: body, camera, control, controlled, described, errors, journal, machine, makes, ptp.
"""
