"""Simulated bodies on a simulated USB bus, in user space: what the kernel, sysfs and udev show of them.

``identity`` and ``descriptors`` say what a body is on USB; ``device`` answers control transfers and joins the PTP
responder to endpoints; ``usbfs`` serves the ioctls of open device nodes; ``preload`` speaks the protocol of umockdev's
preload library; ``sysfs`` and ``uevent`` are the tree and the messages of udev. None of them does I/O. ``bus_folder``
owns the files, ``usb_body`` a body's clock, ``bus`` the sockets, cables and hubs, ``program_connection`` the socket of
one program; ``device_options`` and ``bus_control`` are how people list and move the bodies; ``built_library`` builds
what the program preloads; ``beside`` runs it.

Imports: body, camera, control, controlled, described, errors, faults, journal, machine, makes, ptp.
"""
