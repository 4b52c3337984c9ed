"""A test pattern instead of a camera: seeded frames of an exact rate and size, for trials and measurements."""
