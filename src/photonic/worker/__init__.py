"""The process boundary: one child process per camera, its messages, its deadlines, and the supervisor in the parent."""
