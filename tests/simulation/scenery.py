"""The bodies and the configuration of a history, from its settings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr
from tests.simulation.body import RAW_AND_JPEG, CameraBody
from tests.simulation.card import MemoryCard
from tests.simulation.disturbances import Disturbances
from tests.simulation.receiver import SECRET

from photonic.model.hook import Hook, Webhook
from photonic.model.saved import SaveLevel
from photonic.service.config.fields import CaptureTarget, ImagePathForm
from photonic.service.config.settings import ServiceSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.simulation.history_settings import HistorySettings
    from tests.simulation.randomness import Randomness

PHOTO_ROOT = "booth"
SECOND = "second"
WEBHOOK = "http://receiver.example/photos"
NAMES = ("left", "right")
CARD_BYTES = 64 * 1024 * 1024
MOST_CLOCK_ERROR_SECONDS = 4000.0


def serial_of(camera: int) -> str:
    """The serial number of a camera."""
    return f"10{camera + 1}"


def roots(settings: HistorySettings, folder: Path) -> dict[int, Path]:
    """The photo root of each camera."""
    if settings.cameras == 1:
        return {0: folder / PHOTO_ROOT}
    return {number: folder / PHOTO_ROOT / NAMES[number] for number in range(settings.cameras)}


def make_bodies(settings: HistorySettings, randomness: Randomness, clock: Callable[[], float]) -> list[CameraBody]:
    """The bodies, with their cards."""
    found: list[CameraBody] = []
    for number in range(settings.cameras):
        draw = randomness.part(f"body {number}")
        cards = tuple(MemoryCard(f"card-{slot + 1}", CARD_BYTES) for slot in range(settings.cards))
        error = draw.uniform(-MOST_CLOCK_ERROR_SECONDS, MOST_CLOCK_ERROR_SECONDS) if draw.random() < 0.3 else 0.0
        disturbances = Disturbances(randomness.part, {}, f"camera {number}")
        body = CameraBody(
            serial_of(number),
            draw,
            clock,
            disturbances=disturbances,
            cards=cards,
        )
        body.clock_error_seconds = round(error)
        body.copies_to_second = settings.copies
        if settings.raw:
            body.settings["imageformat"] = replace(body.settings["imageformat"], value=RAW_AND_JPEG)
        found.append(body)
    return found


def service_settings(settings: HistorySettings, folder: Path) -> ServiceSettings:
    """How the service is configured."""
    addresses = [f"usb:{serial_of(number)}" for number in range(settings.cameras)]
    cameras: dict[str, Any] = (
        {"camera": addresses[0]} if settings.cameras == 1 else {"cameras": dict(zip(NAMES, addresses, strict=False))}
    )
    return ServiceSettings(
        photo_root=folder / PHOTO_ROOT,
        saved=SaveLevel.SECOND if settings.second else SaveLevel.DISK,
        second_root=folder / SECOND if settings.second else None,
        capture_target=CaptureTarget(settings.target),
        delete_after_download=settings.delete_after_download,
        fetch_films=settings.fetch_films,
        image_path=ImagePathForm.RELATIVE,
        state_folder=folder / "state",
        min_free_mb=1,
        low_space_mb=1,
        hooks={"print": Hook(command=("true", "{path}"))} if settings.hooks else {},
        webhooks={"booth": Webhook(url=WEBHOOK, secret=SecretStr(SECRET))} if settings.webhooks else {},
        **cameras,
    )
