"""What every HTTP service of this project needs below its routes: listening sockets and TLS.

Nothing here knows the camera service: a service passes in its settings as plain values, and its own HTTP protocol.

Imports: errors.
"""
