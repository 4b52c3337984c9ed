"""Notifications of photos, and the key that signs them."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path

from photonic.model.api import CaptureRecord
from photonic.model.hook import PhotoEvent
from photonic.model.status import CapturePhase
from photonic.service.notify.notification import Notification

KEY = bytes(range(32))
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"


def notice(**fields: object) -> Notification:
    record = CaptureRecord.model_validate(
        {
            "id": "c" * 32,
            "camera_id": "left",
            "phase": CapturePhase.SAVED,
            "session_id": "guest",
            "sequence_number": 7,
            "created_at": datetime(2026, 1, 1, tzinfo=UTC),
            **fields,
        }
    )
    return Notification(
        "n", PhotoEvent.SAVED, record, (Path("/p/a.jpg"), Path("/p/a.cr2")), ("c-1", "c-2"), ("a" * 64, "b" * 64)
    )
