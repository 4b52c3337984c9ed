"""The simulated camera as a program of its own, whose card can be as it was at an earlier moment.

Each line on the standard input is a number: from here on, the card has everything that was ever on it but the first
files that were deleted, so many. It is answered by an empty line.
"""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, ClassVar

from photonic.cli.application import run
from photonic.simulator import body
from photonic.simulator.card import Store

if TYPE_CHECKING:
    from photonic.simulator.card import StoredObject


class RememberingStore(Store):
    """The card; ``only`` is the one of this program."""

    only: ClassVar[RememberingStore]

    def __init__(self, *arguments: object, **fields: object) -> None:
        super().__init__(*arguments, **fields)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        self._gone: dict[int, StoredObject] = {}
        RememberingStore.only = self

    def remove(self, handle: int) -> bool:
        """Delete, and remember."""
        if (found := self.get(handle)) is not None:
            self._gone.setdefault(handle, found)  # the first time counts: one that is on the card again may go again
        return super().remove(handle)

    def rewind(self, deleted: int) -> None:
        """Have everything again but the files that were deleted first."""
        for number, (handle, stored) in enumerate(self._gone.items()):
            self._objects.pop(handle, None)
            if number >= deleted:
                self._objects[handle] = stored


def _listen() -> None:
    for line in sys.stdin:
        RememberingStore.only.rewind(int(line))
        sys.stdout.write("\n")
        sys.stdout.flush()


if __name__ == "__main__":
    body.Store = RememberingStore
    threading.Thread(target=_listen, daemon=True).start()
    run()
