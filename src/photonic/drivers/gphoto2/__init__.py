"""The driver for DSLR and mirrorless cameras, on libgphoto2.

``native`` alone imports ``gphoto2`` (an import contract); ``library`` turns its answers into the values of ``camera``,
and everything above works on those, so it runs in tests without the library. ``makers`` holds the quirks of each maker,
one file a maker.

One thread owns the camera, and a new ``Camera`` is made after every ``exit``. Each call is announced before it begins,
so that the parent can tell a slow call from a hung one.
"""
