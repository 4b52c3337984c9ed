"""Readers of photo files: Exif, TIFF, HEIF and other boxes, whether a file is complete, and small pictures.

The input is untrusted: every reader bounds what it reads and counts, and damage never raises anything but what the
function documents. Readers take an open file or bytes. Imports the models only, and Pillow in ``decoding`` and
``preview``.
"""
