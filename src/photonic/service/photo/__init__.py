"""Values for photos: their identity on the camera, their staged and stored files, and their names.

Values and pure functions: no disk, no database, no clock. The only exception is ``staged.found_identity``, which reads
a file's size.

Imports: errors, model, worker.link.
"""
