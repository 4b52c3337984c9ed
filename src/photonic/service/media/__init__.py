"""Readers of photo files: Exif, TIFF, HEIF and other boxes, a check for completeness, and small previews.

The input is untrusted: every reader limits what it reads and counts, and a damaged file raises only the documented
errors. Readers take an open file or bytes. Only ``decoding`` and ``preview`` import Pillow.

Imports: errors, model.
"""
