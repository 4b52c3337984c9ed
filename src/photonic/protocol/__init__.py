"""What service and client say to each other, as state machines and codecs without I/O, clock or randomness."""
