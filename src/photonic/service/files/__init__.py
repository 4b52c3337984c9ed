"""The photo root on the disk: free space, the staging area, and names for photos.

``photo_root`` gives photos their final place, ``staging`` holds files before that, ``claims`` takes names on a disk
that others write to, ``disk`` explains what a file system refuses. Imports ``photo/``, ``media/`` and ``base/``; it
knows neither the journal nor the camera.

No file is overwritten and no photo leaves the root. Functions block, except in ``space`` and ``root_probe``, which use
threads of their own. An ``OSError`` leaves as ``StorageError``; ``claims`` and parts of ``disk`` raise it
unchanged.
"""
