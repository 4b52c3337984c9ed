"""The journal: what must survive a crash or a power cut, in one SQLite file for each camera.

``database`` owns the file and its thread, ``schema`` and ``migrations/`` define its tables. The other modules are the
parts of the journal: captures, cards, sequences, trash, deliveries. Nothing here touches photos or the camera.

Each change is one transaction, which survives a power cut once the call has returned. SQLite's errors become
``StorageError``.

Imports: base, errors, files, machine, model, photo, worker.link.
"""
