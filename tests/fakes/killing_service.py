"""``python -m tests.fakes.killing_service ORDERS serve ...``: the real service, with kill points around its steps.

Its camera process is ``tests.fakes.killing_driver``: the real driver on the real libgphoto2, with kill points too.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.fakes.kill_orders import VARIABLE, Orders
from tests.fakes.launching import environment

from photonic.cli import main
from photonic.service import app
from photonic.worker.messages import Captured, CaptureProgress, Staged

if TYPE_CHECKING:
    from photonic.service.station_settings import StationSettings

DRIVER = "tests.fakes.killing_driver"
STEPS = {
    "intend": "photonic.service.journal:Journal.intend",
    "check_root": "photonic.service.storage:PhotoRoot.check",
    "make_staging": "photonic.service.storage:PhotoRoot.staging",
    "command": "photonic.worker.supervisor:Supervisor.capture",
    "record_staged": "photonic.service.journal:Journal.stage",
    "bring_in": "photonic.service.storage:PhotoRoot.bring_in",
    "check_whole": "photonic.service.storage:PhotoRoot._check_whole",
    "claim_all": "photonic.service.placing:claim_all",
    "claim": "photonic.service.placing:claim",
    "flush": "photonic.service.placing:flush",
    "record_end": "photonic.service.journal:Journal.end",
    # Called in the transaction of the end, after the files' rows.
    "transaction": "photonic.service.journal:_text",
    "clear": "photonic.service.storage:PhotoRoot.clear",
    "answer": "photonic.service.ticket:CaptureTicket.end",
    "record_stray": "photonic.service.journal:Journal.add",
    "record_late": "photonic.service.journal:Journal.extend",
    "drop": "photonic.service.storage:PhotoRoot.drop",
}


def told(_shot: object, event: object) -> str | None:
    """What the camera process says of a capture, as a step."""
    match event:
        case CaptureProgress():
            return f"told_{event.phase}"
        case Staged():
            return "told_staged"
        case Captured():
            return "told_captured"
        case _:
            return None


def patch(orders: Orders, directory: Path) -> None:
    """Put the kill points in, and the driver that has its own."""
    for step, where in STEPS.items():
        orders.around(where, step)
    orders.around("photonic.service.shot:Shot.event", "told", told)
    real = app.StationSettings

    def settings(*arguments: Any, **keywords: Any) -> StationSettings:
        return replace(
            real(*arguments, **keywords), driver=DRIVER, environment={**environment(), VARIABLE: str(directory)}
        )

    app.StationSettings = settings  # pyright: ignore[reportAttributeAccessIssue]


if __name__ == "__main__":
    where = Path(sys.argv.pop(1))
    patch(Orders(where), where)
    main()
