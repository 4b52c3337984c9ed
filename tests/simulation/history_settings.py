"""How the service of one history is configured, and what its users do, drawn from the seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import random

VIEWERS_PRESENT = 0.15
"""How often there are viewers: with their frames, a history takes several times as long."""


@dataclass(frozen=True, slots=True)
class HistorySettings:
    """How the service is configured, and who uses it.

    Args:
        target: ``card`` or ``ram``.
        delete_after_download: As in the service's settings.
        fetch_films: As in the service's settings.
        raw: Whether each photo is a RAW file and a JPEG.
        cameras: How many cameras there are.
        cards: How many cards each camera has.
        copies: Whether a body with two cards writes each photo to both.
        hooks: Whether commands are notified of photos.
        webhooks: Whether a URL is notified of photos.
        http: Whether the users speak HTTP; otherwise they call what the routes call.
        photographers: How many photographers there are.
        pause_seconds: How long a photographer waits on average before the next photo.
        button: How many photos are taken with a camera's own button for each requested photo.
        films: How many films are recorded for each requested photo.
        deletions: How many photos are deleted for each requested photo.
        hang_ups: How often a client hangs up during a capture.
        cancellations: How often a photographer cancels.
        disconnections: How often somebody disconnects a camera for each requested photo.
        sequences: How often somebody starts a sequence for each requested photo.
        second: Whether photos are copied to a second disk.
        viewers: How many viewers there are, with the real client, over the network. The users do not speak HTTP then.
    """

    target: str = "card"
    delete_after_download: bool = False
    fetch_films: bool = False
    raw: bool = False
    cameras: int = 1
    cards: int = 1
    copies: bool = False
    hooks: bool = False
    webhooks: bool = False
    http: bool = False
    photographers: int = 2
    pause_seconds: float = 3.0
    button: float = 0.1
    films: float = 0.0
    deletions: float = 0.0
    hang_ups: float = 0.0
    cancellations: float = 0.0
    disconnections: float = 0.0
    sequences: float = 0.0
    viewers: int = 0
    second: bool = False

    @classmethod
    def drawn(cls, random: random.Random) -> Self:
        """Settings drawn from ``random``."""

        def sometimes(share: float, most: float) -> float:
            value = random.uniform(most / 10, most)
            return round(value, 4) if random.random() < share else 0.0

        return cls(
            target="card" if random.random() < 0.7 else "ram",
            delete_after_download=random.random() < 0.3,
            fetch_films=random.random() < 0.5,
            raw=random.random() < 0.4,
            cameras=1 if random.random() < 0.8 else 2,
            cards=1 if random.random() < 0.85 else 2,
            copies=random.random() < 0.5,
            hooks=random.random() < 0.2,
            webhooks=random.random() < 0.2,
            http=random.random() < 0.15,
            photographers=random.randint(1, 3),
            pause_seconds=round(random.choice((0.3, 1.0, 3.0, 10.0)) * random.uniform(0.5, 1.5), 3),
            button=sometimes(0.7, 0.5),
            films=sometimes(0.25, 0.05),
            deletions=sometimes(0.5, 0.3),
            hang_ups=sometimes(0.5, 0.1),
            cancellations=sometimes(0.4, 0.1),
            disconnections=sometimes(0.4, 0.03),
            sequences=sometimes(0.3, 0.02),
            viewers=random.choice((1, 1, 2)) if random.random() < VIEWERS_PRESENT else 0,
            second=random.random() < 0.3,
        )
