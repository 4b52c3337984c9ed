"""What differs between camera makers: one file per maker, containing only data.

``maker`` defines the fields, each maker's file fills in those that differ, and ``registry`` combines the makers for the
rest of the driver. To add a quirk, change its maker's file; to add a maker, add a file and list it in
``registry.MAKERS``. Nothing here talks to a camera. The rest of the driver compares no maker's name: it asks
``registry``.

A quirk is recognised by what the camera offers. libgphoto2 names its configuration entries per maker, so a body is
probed for the entries of every maker, in the order of ``registry.MAKERS``; this also serves bodies that report no
maker, or another one. Only a quirk that no entry shows (events that come late, settings that are read all at once)
depends on the manufacturer that the camera reports. Names and values are those of libgphoto2 2.5.34 (``camlibs/ptp2``).

Imports: model.
"""
