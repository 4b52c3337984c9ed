"""What helps people to see what is wrong: the log, its newest lines, the doctor and the diagnosis bundle.

May import ``config`` and lower rooms. What holds true here: nothing leaves this room with a secret in it
(``redaction``), and nothing here opens the camera.
"""
