"""Cameras that only give pictures: V4L2 devices, streams and pictures of the network, files."""
