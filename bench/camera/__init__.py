"""One viewer and one camera: frame rate, the way back after a capture, downloads, against python-gphoto2 alone."""
