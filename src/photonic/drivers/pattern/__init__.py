"""The driver for a test pattern instead of a camera: seeded frames of an exact rate and size.

It is for trials and measurements, and needs no hardware and no library but Pillow. The same seed draws the same frames.
"""
