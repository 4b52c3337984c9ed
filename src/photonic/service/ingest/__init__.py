"""Imports photos that no running capture expects: taken with the camera's own button, late, or left after a crash.

``photo_import`` imports the photos in ``import_queue`` one by one; ``attribution`` and ``expected_photo`` determine the
capture that took a photo; ``known_photos`` recognizes those that were imported before. ``card_import`` compares the
card with the index, using ``card_plan``, and fetches missing photos through ``downloads``; ``card_cleanup`` deletes
copies from the card; ``crash_recovery`` finishes the captures of an earlier run.

The camera controller, which is above it, is passed in as ``CardCamera`` and ``CaptureCamera``. Invariants: a photo is
recorded only once, even if it is found repeatedly; it is added to a guest's session only on evidence that it belongs
there; a staged file is removed only after its photo has been recorded.

Imports: base, capture, errors, files, journal, library, machine, model, photo, recurring, worker.link.
"""
