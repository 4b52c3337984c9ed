"""Photos that no capture in execution waits for: taken with the camera's own button, late, or left by a crash.

``photo_import`` brings in one photo after the other from ``import_queue``; ``attribution`` and ``expected_photo``
decide whose photo it is. ``card_import`` compares the card with the index by ``card_plan`` and fetches what is missing
through ``downloads``; ``card_cleanup`` deletes copies from the card; ``crash_recovery`` finishes what an earlier run
left.

Imports only ``sequence`` and the rooms below it. The camera, which is above, is passed in as the roles ``CardCamera``
and ``CaptureCamera``. What always holds: a photo is recorded once, however often it is seen; it enters a guest's
session only on evidence that it belongs there; a staged file is removed only after the photo is on record.
"""
