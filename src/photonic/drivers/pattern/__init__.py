"""A test pattern instead of a camera: seeded frames at an exact rate and size, for trying and for measuring."""
