"""How these tests want their cameras: ten times as quick as a body, with small pictures, up in a second."""

QUICK = ("--speed", "10", "--frame-size", "480x320", "--frame-kb", "20")
MEGAPIXELS = 0.5
