"""A simulated webcam: a V4L2 device in user space, under umockdev's preload library and a small one of its own.

``modes``, ``controls`` and ``picture`` are what the webcam offers; ``buffers`` is its queue of frames; ``webcam`` joins
them; ``video_file`` answers the ioctls of open device nodes (``layout``: their structures); ``entries`` is what sysfs
shows. None of them does I/O. ``plug`` owns node, sockets and clock; ``beside`` runs a program that sees the webcam.

Imports: device_control, fault_kinds, faults, frame_damage, journal, pixels, scene, script, usb, view.
"""
