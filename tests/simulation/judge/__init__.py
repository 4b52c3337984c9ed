"""Judges one history by what every part of it knows: the bodies, the users, the disk, the index.

``tests.support.index_reader`` reads the index of a stopped service by its own SQL, so that no code of the service
vouches for itself. The modules here each hold the promises of one subject; a promise that can be judged while a history
runs is in ``watch``.
"""
