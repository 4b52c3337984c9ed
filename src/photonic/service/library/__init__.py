"""The library: the captures and photos that clients browse.

``index`` and ``table`` hold the ended captures, ``sessions`` groups and sorts their stills, ``thumbnails`` and
``zip_archive`` serve photos, ``trash`` deletes and restores them, and ``gallery`` is the facade that routes use.
``verification`` reads stored photos again, ``repair`` fetches what is damaged, and ``index_upkeep`` copies the index.

The journal is authoritative, and memory is a view of it: a change is written to disk first. Blocking work runs on
threads.

Imports: base, errors, files, journal, machine, media, model, photo, recurring, version, worker.link.
"""
