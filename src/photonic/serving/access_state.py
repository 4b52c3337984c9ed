"""Access control that survives a restart: its tables are read from the state folder, and written when they change.

Theory of operation. Only the event loop changes the tables; files are read and written in a thread, from texts that the
loop has made. A table is written within a moment after its ``revision`` has changed, so that what was ended stays ended
if the power fails; what changes with each request (when a session was last used) is written each minute, with the
running time. A table that is written often is written at most once in ``SAVE_AGAIN_SECONDS``.

Whatever cannot be read or written, the service runs: a damaged table is set aside and begins empty, which takes rights
away and gives none. Two files must not begin empty: without ``tokens.json`` loopback would be trusted again, so as long
as that cannot be read, there are tokens, of which none is valid; and without the key of the links, links are void.
"""

from __future__ import annotations

import asyncio
import logging
import math
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.access.browser_sessions import SESSIONS_FILE, SessionTable
from photonic.access.control import AccessControl
from photonic.access.links import LINKS_FILE, LinkTable
from photonic.access.state_text import LONGEST_SECONDS
from photonic.access.tokens import AGES_FILE, TOKENS_FILE, TokenAges, TokenTable
from photonic.access.tries import DEVICES_FILE, DeviceTable
from photonic.errors import BadInput
from photonic.recurring import Recurring
from photonic.serving.running_clock import CLOCK_FILE, RunningClock, read_running_time
from photonic.serving.state_folder import StateFolder
from photonic.serving.stored_tables import StoredTables
from photonic.serving.token_watch import TokenWatch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from photonic.access.policy import AccessPolicy
    from photonic.serving.token_watch import TokensRead

LOOK_SECONDS = 0.25
"""How often changes of the tables are looked for; those of ``tokens.json`` every ``TOKENS_LOOKS`` times."""
TOKENS_LOOKS = 4
SAVE_AGAIN_SECONDS = 1.0
SAVE_ALL_SECONDS = 60.0
RETRY_SECONDS = 5.0

log = logging.getLogger(__name__)


@dataclass
class _Kept:
    """One file: how its text is made, what tells that it must be written soon, and what of that was written last."""

    text: Callable[[], str]
    revision: Callable[[], int]
    written: int = 0
    written_at: float = -math.inf
    number: int = 0


@dataclass(frozen=True, slots=True)
class _Text:
    """A file's text, the revision that it has, and its number: a larger one is newer."""

    text: str
    revision: int
    number: int


class AccessState:
    """``control``, and what keeps it in files.

    Args:
        control: Made from the files.
        folder: ``None``: there is none that can be used, and everything ends with the service.
        watch: Looks for changes of the named tokens; ``None``: nobody may read them.
        clock: That of ``control``.
    """

    def __init__(
        self,
        control: AccessControl,
        folder: StateFolder | None,
        watch: TokenWatch | None,
        clock: RunningClock,
    ) -> None:
        self.control = control
        self._folder = folder
        self._watch = watch
        self._monotonic = clock.monotonic
        self._unkept: str | None = None
        self._tokens_problem: str | None = None
        self._ages_revision = self._texts_made = 0
        self._saved_all_at = self._monotonic()
        self._retry_at = -math.inf
        self._writing = threading.Lock()
        self._recurring = Recurring(self._monotonic)
        self._files: Mapping[str, _Kept] = {
            SESSIONS_FILE: _Kept(lambda: control.sessions.to_json(clock()), lambda: control.sessions.revision),
            LINKS_FILE: _Kept(lambda: control.links.to_json(clock()), lambda: control.links.revision),
            DEVICES_FILE: _Kept(lambda: control.devices.to_json(clock()), lambda: control.devices.revision),
            AGES_FILE: _Kept(lambda: control.tokens.ages.to_json(clock()), lambda: self._ages_revision),
            CLOCK_FILE: _Kept(clock.to_text, lambda: 0),
        }

    @classmethod
    def load(cls, root: Path, policy: AccessPolicy, *, monotonic: Callable[[], float]) -> AccessState:
        """Read the files. Blocking.

        Args:
            root: The state folder; it is made if it is missing.
            policy: What the configuration says.
            monotonic: Seconds, monotonic.
        """
        folder, warning = StateFolder(root, policy.instance), None
        try:
            folder.prepare()
        except (BadInput, OSError) as error:
            warning = f"the state folder cannot be used: {error}"
        stored = StoredTables(folder if warning is None else None)
        clock = RunningClock(monotonic, stored.table(CLOCK_FILE, read_running_time) or 0.0)
        now, key = clock(), stored.link_key()
        ages = stored.table(AGES_FILE, lambda text: TokenAges.from_json(text, now)) or TokenAges()
        control = AccessControl(
            policy,
            clock=clock,
            links=stored.table(LINKS_FILE, lambda text: LinkTable.from_json(text, key, now)) or LinkTable(key),
            tokens=TokenTable((), ages),
            sessions=stored.table(SESSIONS_FILE, lambda text: SessionTable.from_json(text, now)) or SessionTable(),
            devices=stored.table(DEVICES_FILE, lambda text: DeviceTable.from_json(text, now)) or DeviceTable(),
        )
        watch = TokenWatch(root, ages) if folder.root_is_private else None
        state = cls(control, folder if warning is None else None, watch, clock)
        state.start(warning, ages_lost=AGES_FILE in stored.damaged, tokens_exist=_may_exist(root / TOKENS_FILE))
        return state

    @property
    def folder(self) -> Path | None:
        """The folder of this service's files; ``None``: there is none that can be used."""
        return None if self._folder is None else self._folder.path

    @property
    def warnings(self) -> tuple[str, ...]:
        """What an operator should know: nothing is kept, or the named tokens cannot be read."""
        return tuple(each for each in (self._unkept, self._tokens_problem) if each is not None)

    def start(self, unkept: str | None, *, ages_lost: bool, tokens_exist: bool) -> None:
        """Take up the named tokens for the first time. Blocking.

        Args:
            unkept: Why nothing is kept; ``None``: it is, if the folder can be written.
            ages_lost: Whether the ages of the tokens were damaged: those that have a lifetime have ended then.
            tokens_exist: Whether there may be tokens, which count if nobody may read them.
        """
        if unkept is not None:
            self._unkept = unkept
            log.warning("%s; sign-ins, links and ends of tokens are forgotten when the service ends", unkept)
        if self._watch is None:
            self.control.replace_tokens(TokenTable(), unread=tokens_exist)
            return
        read = self._watch.first()
        if ages_lost:
            self.control.tokens.ages.note(read.tokens.hashes, -LONGEST_SECONDS)
        self._take(read)
        if self._folder is not None:
            try:
                self._write(self._folder, self._due(everything=True))
            except BadInput as error:
                self._failed(error)

    async def run(self) -> None:
        """Follow the file of tokens, and write what changes, until cancelled."""
        looks = 0
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            looks += 1
            if looks % TOKENS_LOOKS == 0:
                await self.look_at_tokens()
            await self.save_changes()

    async def look_at_tokens(self) -> None:
        """Take up changes of the named tokens."""
        if self._watch is not None:
            read = await asyncio.to_thread(self._watch.changed)
            if read is not None:
                self._take(read)

    async def save_changes(self, *, everything: bool = False) -> None:
        """Write the tables that have changed; ``everything``: all files.

        If that fails, ``warnings`` says so until it succeeds again.
        """
        now = self._monotonic()
        if self._folder is None or (now < self._retry_at and not everything):
            return
        due = self._due(everything=everything or now - self._saved_all_at >= SAVE_ALL_SECONDS)
        if not due:
            return
        try:
            await asyncio.to_thread(self._write, self._folder, due)
        except BadInput as error:
            self._failed(error)
        else:
            if self._unkept is not None:
                log.info("the state folder can be written again")
                self._unkept = None

    async def close(self) -> None:
        """Write everything at the end of the service."""
        await self.save_changes(everything=True)

    def _take(self, read: TokensRead) -> None:
        """Exchange the named tokens."""
        self._tokens_problem = None
        if read.problem is not None:
            self._tokens_problem = f"nobody gets in by a named token: {read.problem}"
            log.error("%s", self._tokens_problem)
            self.control.replace_tokens(read.tokens, unread=True)
            return
        if self.control.tokens.ages.note(read.tokens.hashes, self.control.clock()):
            self._ages_revision += 1
        ended = self.control.replace_tokens(read.tokens)
        log.info("named tokens: %d; sessions that ended with one: %d", len(read.tokens.records), len(ended))

    def _due(self, *, everything: bool) -> Mapping[str, _Text]:
        """The texts of the files that must be written."""
        now = self._monotonic()
        if everything:
            self._saved_all_at = now
        self._texts_made += 1
        return {
            name: _Text(kept.text(), kept.revision(), self._texts_made)
            for name, kept in self._files.items()
            if everything or (kept.revision() != kept.written and now - kept.written_at >= SAVE_AGAIN_SECONDS)
        }

    def _write(self, folder: StateFolder, due: Mapping[str, _Text]) -> None:
        """Write files. Blocking. A text that is older than what was written is not. Raises ``BadInput``."""
        with self._writing:
            for name, text in due.items():
                kept = self._files[name]
                if text.number > kept.number:
                    folder.write(name, text.text)
                    kept.number, kept.written, kept.written_at = text.number, text.revision, self._monotonic()

    def _failed(self, error: BadInput) -> None:
        self._retry_at = self._monotonic() + RETRY_SECONDS
        self._unkept = f"{error.reason}: sign-ins, sign-outs, links and ends of tokens are not kept"
        log.log(self._recurring.level(self._unkept), "%s", self._unkept)


def _may_exist(path: Path) -> bool:
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True
