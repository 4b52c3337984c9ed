"""What is wrong, and the command that mends it: probes that look, and advice that follows from what they saw."""
