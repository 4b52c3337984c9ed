"""One viewer and one camera, compared with python-gphoto2 alone on the same simulated camera.

Measured are the frame rate, the time from a capture to the next frame, and downloads, as ratios within one run.
"""
