"""The journal: what must survive a crash or a power cut, in one SQLite file for each camera.

``database`` owns the file and its thread, ``schema`` and ``migrations/`` its tables. Every other module is one part of
the journal: captures, cards, sequences, trash, deliveries. Imports values of ``photo/``, the models and ``base/``; it
touches no photo and no camera.

A change is one transaction, and survives a power cut when the call returns. SQLite's errors leave as ``StorageError``.
"""
