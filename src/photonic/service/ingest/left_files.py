"""Staged files that a process left behind: which they are, and what is known of each.

Theory of operation. Three places say what the camera sent: the record of a staged file, which was made before anything
was done with it; its name, which has the time at which it was begun and, once it is complete, its hash; its content. A
loss of power can take the name with the hash and leave the one from before, so records are found by the name without
it. What the camera process reported counts more than what the file says.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from photonic.machine.timekeeping import boot_mark
from photonic.service.photo.staged import boot_in_staging, found_identity, staged_since_ns, without_hash

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.journal.capture_rows import StagedRow
    from photonic.service.photo.staged import Leftover, StagedFile


def left_before(root: PhotoRoot, moment_ns: int, machine_boot: str) -> list[Leftover]:
    """Return the files that an ended camera process staged outside the captures' directories. Blocks.

    ``moment_ns`` is when the process ended, on the monotonic clock: files that were begun later belong to its
    successor. Each file's name contains the time at which it was begun. Modification times are not used, because they
    follow the wall clock: if that were set back, a file could be taken away from the process that is still writing it.
    A file from before the last boot may appear to be later, but the start of this service has already collected it.
    ``machine_boot``: this boot. Raises ``StorageError``.
    """
    with root.translated():
        left, _foreign = root.staging.leftovers()
        return [
            replace(
                one,
                file=replace(
                    with_identity(one.file, None),
                    may_have_holes=one.file.sha256 is None and is_of_other_boot(one.file, machine_boot),
                ),
                suspect=True,
            )
            for one in left
            if (began_ns := staged_since_ns(one.file.path.name)) is None or began_ns <= moment_ns
        ]


def is_of_other_boot(file: StagedFile, machine_boot: str) -> bool:
    """Whether the name of a file without a capture shows that it was staged before the machine was started."""
    return boot_in_staging(file.path.name) not in {None, boot_mark(machine_boot)}


def is_unproven(file: StagedFile) -> bool:
    """Whether nothing shows that a file is what the camera sent, and the card has another copy.

    Each complete file has its hash in its name. Without a loss of power, the structure of one that lacks it shows
    whether all of it has come; after one (the machine was started since), there can be holes in it.
    """
    return file.may_have_holes and not file.from_ram


def by_name(rows: Sequence[StagedRow]) -> dict[str, StagedRow]:
    """What is on record of staged files, by their names without the hash, which a loss of power can take."""
    return {without_hash(row.name): row for row in rows}


def with_identity(file: StagedFile, row: StagedRow | None) -> StagedFile:
    """Return the file with the facts that the camera process reported about it before the crash."""
    if row is None:
        return replace(file, identity=found_identity(file))
    sha256 = row.sha256 or file.sha256
    return replace(file, name=row.camera_name, size_bytes=row.size_bytes, identity=row.identity, sha256=sha256)
