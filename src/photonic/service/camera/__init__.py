"""One camera of the service: its controller, its connection, its settings and its status.

``assembly`` builds the parts, ``controller`` owns and runs them, and ``dispatch`` passes on the events of the camera
process. Imports the packages below it (captures, sequences, photos, live view, notifications), but nothing of HTTP or
support. Reading a status never touches the camera or the disk.
"""
