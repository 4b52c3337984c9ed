"""Cameras that only deliver pictures: V4L2 devices, streams and pictures from the network, files."""
