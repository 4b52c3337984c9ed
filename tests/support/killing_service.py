"""``python -m tests.support.killing_service ORDERS serve ...``: the real service, with kill points around its steps.

Its camera process is ``tests.support.killing_driver``: the real driver on the real libgphoto2, with kill points too.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.kill_orders import FORMAT_VARIABLE, VARIABLE, Orders
from tests.support.launching import environment

from photonic.cli import main
from photonic.service import app
from photonic.worker.link.messages import Captured, CaptureProgressed, Staged

if TYPE_CHECKING:
    from photonic.service.camera.controller_settings import ControllerSettings

DRIVER = "tests.support.killing_driver"
STEPS = {
    "intend": "photonic.service.journal.captures:CaptureJournal.intend",
    "check_root": "photonic.service.files.photo_root:PhotoRoot.check",
    "make_staging": "photonic.service.files.staging:StagingArea.make",
    "command": "photonic.worker.supervision.supervisor:Supervisor.capture",
    "record_staged": "photonic.service.journal.captures:CaptureJournal.stage",
    "bring_in": "photonic.service.files.photo_root:PhotoRoot.bring_in",
    "check_whole": "photonic.service.files.staging:StagingArea.flush_whole",
    "claim_all": "photonic.service.files.claims:claim_all",
    "claim": "photonic.service.files.claims:claim",
    "flush": "photonic.service.files.claims:flush",
    "record_end": "photonic.service.journal.captures:CaptureJournal.end",
    # Called in the transaction of the end, after the files' rows.
    "transaction": "photonic.service.journal.captures:_text",
    "clear": "photonic.service.files.staging:StagingArea.clear",
    "answer": "photonic.service.capture.job:CaptureJob.end",
    "record_photo_without_capture": "photonic.service.journal.captures:CaptureJournal.add",
    "record_late": "photonic.service.journal.captures:CaptureJournal.extend",
    "drop": "photonic.service.files.staging:StagingArea.drop",
    "copy_piece": "photonic.service.files.second_root:SecondCopy.advance",
    "name_copy": "photonic.service.files.claims:take_name",
    "record_copy": "photonic.service.journal.second_copies:SecondCopyJournal.made",
}


def reported(_shot: object, event: object) -> str | None:
    """What the camera process says of a capture, as a step."""
    match event:
        case CaptureProgressed():
            return f"reported_{event.phase}"
        case Staged():
            return "reported_staged"
        case Captured():
            return "reported_captured"
        case _:
            return None


def patch(orders: Orders, directory: Path) -> None:
    """Put the kill points in, and the driver that has its own."""
    for step, where in STEPS.items():
        orders.around(where, step)
    orders.around("photonic.service.capture.execution:CaptureExecution.event", "reported", reported)
    real = app.ControllerSettings

    def settings(*arguments: Any, **keywords: Any) -> ControllerSettings:
        # A child receives listed variables only.
        passed = {name: os.environ[name] for name in (FORMAT_VARIABLE,) if name in os.environ}
        variables = {**environment(), **passed, VARIABLE: str(directory)}
        return replace(real(*arguments, **keywords), driver=DRIVER, environment=variables)

    app.ControllerSettings = settings  # pyright: ignore[reportAttributeAccessIssue]


if __name__ == "__main__":
    where = Path(sys.argv.pop(1))
    patch(Orders(where), where)
    main()
