"""The driver for DSLR and mirrorless cameras, on libgphoto2.

Only this package imports ``gphoto2`` (an import contract): ``library`` makes the calls, with text by ``native``, and
turns the answers into the values of ``camera``. The modules that decide work on those values, so their tests need
neither the library nor a camera. ``makers`` holds the quirks of each maker, one file a maker. ``recording`` is a
program of its own, which writes down what a camera says of itself.

One thread owns the camera, and a new ``Camera`` is made after every ``exit``. Each call is announced before it begins,
so that the parent can tell a slow call from a hung one.

Imports: errors, machine, model, ptp, worker.child, worker.link, worker.roles, worker.serials, worker.supervision.
"""
