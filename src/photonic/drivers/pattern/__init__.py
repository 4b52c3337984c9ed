"""The driver for a test pattern instead of a camera: seeded frames of an exact rate and size.

It is for trials and measurements, and needs no hardware and no libraries but Pillow and NumPy. The same seed draws the
same frames.

Imports: errors, model, worker.child, worker.link, worker.roles.
"""
