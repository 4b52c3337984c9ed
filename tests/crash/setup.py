"""In which ways a run is recorded: where photos go, what becomes of their copies, what the disk can do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Setup:
    """One way.

    Args:
        name: For the command line.
        target: Where the camera stores photos first.
        raw: Whether each shot is a RAW and a JPEG.
        deletes: Whether the card's copy of a recorded photo is deleted.
        earlier: Whether the root has photos of an earlier run, and a file of somebody else.
        hard_links: ``False``: a disk without them, as exFAT.
    """

    name: str
    target: Literal["card", "ram"] = "card"
    raw: bool = False
    deletes: bool = False
    earlier: bool = False
    hard_links: bool = True

    @property
    def options(self) -> tuple[str, ...]:
        """Of ``photonic serve``."""
        return ("--capture-target", self.target)

    @property
    def configuration(self) -> str:
        """The settings that have no option."""
        return f"delete_after_download = {str(self.deletes).lower()}\nmin_free_mb = 0\n"


SETUPS = {
    setup.name: setup
    for setup in (
        Setup("card"),
        Setup("ram", target="ram"),
        Setup("card-all", raw=True, deletes=True, earlier=True),
        Setup("ram-all", target="ram", raw=True, earlier=True),
        Setup("card-no-links", raw=True, deletes=True, earlier=True, hard_links=False),
        Setup("ram-no-links", target="ram", hard_links=False),
    )
}
