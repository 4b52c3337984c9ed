"""After an unclean stop of the machine: reads the photos of its last minutes, before anything is deleted anywhere.

Theory of operation. The start has noted which photos are to be read (``journal.stops``). Captures and live view begin
at once. What deletes files, or copies on the card, waits for ``all_read``: the import of what was left in the staging
area, the trash, and the deletion of copies on the card. A photo that is not what the camera sent goes to ``Repair``,
and may then be repaired from the staged file that would otherwise be deleted. Each photo is forgotten once it was read,
so a start that is interrupted goes on with the others.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from photonic.errors import PhotonicError
from photonic.recurring import Recurring

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from photonic.service.journal.verification import VerificationJournal
    from photonic.service.library.file_check import FileCheck
    from photonic.service.library.repair import Repair

RETRY_SECONDS = 30.0

log = logging.getLogger(__name__)


class UncleanStop:
    """Reads photos after an unclean stop; without one, there is nothing to read.

    Args:
        journal: The photos that are to be read.
        check: Compares them.
        repair: Repairs them.
        open_index: Opens the index; raises ``PhotonicError``.
        clock: Monotonic seconds.

    ``unread`` counts the photos that have still to be read.
    """

    def __init__(
        self,
        journal: VerificationJournal,
        check: FileCheck,
        repair: Repair,
        *,
        open_index: Callable[[], Awaitable[None]],
        clock: Callable[[], float],
    ) -> None:
        self._journal = journal
        self._check = check
        self._repair = repair
        self._open_index = open_index
        self._clock = clock
        self._all_read = asyncio.Event()
        self.unread = 0

    async def all_read(self) -> None:
        """Wait until every photo that could be damaged has been read."""
        await self._all_read.wait()

    async def run(self) -> None:
        """Read what is to be read."""
        refusals = Recurring(self._clock)
        while not self._all_read.is_set():
            try:
                await self._open_index()
                await self._read()
            except PhotonicError as error:
                level = refusals.level(str(error), logging.INFO)
                log.log(level, "photos of before the stop of the machine cannot be read yet: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self._all_read.set()

    async def _read(self) -> None:
        self.unread = await self._journal.unread_count()
        if self.unread:
            log.warning("the machine stopped without the service being stopped: reading %d photos again", self.unread)
        while files := await self._journal.unread():
            for file in files:
                kind, now = await self._check.fault(file)
                if kind is not None:
                    _source, note = await self._repair.repair(now)
                    log.error("%s is %s since the stop of the machine: %s", now.path, kind.value, note)
                await self._journal.read([file])
                self.unread = max(0, self.unread - 1)
        await self._journal.forget_removed()
        self.unread = 0
