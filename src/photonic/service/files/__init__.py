"""The photo root on the disk: free space, the staging area, and names for photos.

``photo_root`` moves photos to their final place, ``staging`` holds files before that, ``staged_content`` judges what
they contain, ``claims`` reserves names on a disk that other programs write to, ``copied_claims`` where it has no hard
links, ``disk`` explains errors of the file system. ``second_root`` is the second disk, ``second_copy`` makes, fetches
and deletes a copy there, and ``disk_thread`` is for disks that may hang. Nothing here knows the journal or the camera.

No file is overwritten, and every photo stays below the root. Functions block, except in ``space``, ``root_probe`` and
``disk_thread``, which use threads. An ``OSError`` becomes a ``StorageError``, except in ``claims``, ``copied_claims``,
what concerns the second disk, and parts of ``disk``.

Imports: base, errors, machine, media, model, photo, worker.link.
"""
