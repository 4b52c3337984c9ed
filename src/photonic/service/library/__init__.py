"""The library: what has been captured, as clients browse it.

``index`` and ``table`` hold the ended captures, ``sessions`` sorts their stills, ``thumbnails`` and ``zip_archive``
serve photos, ``trash`` deletes and restores them, ``gallery`` is the facade that routes use. Imports ``journal/``,
``files/``, ``photo/`` and ``media/``.

The journal is right, memory is a view of it: a change goes to the disk first. Blocking work runs on threads.
"""
